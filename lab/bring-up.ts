import { chmod, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { formatDuration } from '../src/model/duration.ts';
import { DrillError } from '../src/model/errors.ts';
import { makeKeyPair } from '../src/support/signature.ts';
import { findFreePort } from '../src/support/ports.ts';
import { takeDown } from './take-down.ts';
import { ADDRESSES, BUCKETS, type LabUnderway } from './underway.ts';
import { BRIDGE, POD_RANGE, SITE_ADDRESSES } from './kubernetes/addresses.ts';
import { furnishLab } from './kubernetes/furnish.ts';
import { startDns } from './dns/index.ts';
import { planIdentities, startIdentityProviders } from './identity-pair.ts';
import { describePeople, describeSite } from './describe-site.ts';
import { startPrimarySite, type SiteSize } from './primary-site.ts';
import { backUp } from './back-up.ts';
import { declareOutage } from './outage.ts';
import { settleAll } from './settle-all.ts';
import { LAB_FOLDER, saveState, type LabState } from './state.ts';
import { startAzurite } from './storage/azurite.ts';
import { startSeaweedfs } from './storage/seaweedfs.ts';
import { createCertificateAuthority } from './tls.ts';
import { writeLabConfig } from './lab-config.ts';

export interface RaiseOptions {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Outlive this process. */
  readonly stay?: boolean;
  /** Its site is at chat.ZONE. */
  readonly zone?: string;
  /** With a network for clusters: the empty network namespace that this process is in. */
  readonly kubernetes?: boolean;
}

export interface BringUpOptions extends Omit<RaiseOptions, 'zone'> {
  /** The same seed makes the same people and messages. */
  readonly seed?: number;
  readonly size?: SiteSize;
  /** Identity providers that take a one-time code again, for many drills in a row. */
  readonly takesCodesAgain?: boolean;
}

/** The embedded lab: everything in the order in which it depends on each other. */
export async function bringUp({
  seed = 1,
  size,
  takesCodesAgain = false,
  ...options
}: BringUpOptions): Promise<LabState> {
  return raiseLab(options, async (lab) => {
    const { authority, storage, dns } = await startFoundations(lab);
    const clusters = lab.state.kubernetes && (await import('./kubernetes/site/clusters.ts'));
    const primary = await clusters?.startPrimaryCluster(lab, storage);
    const planned = await planIdentities(lab);
    const site = await startPrimarySite(lab, {
      authority,
      dns,
      identity: planned.primary,
      seed,
      size,
      startApplication: primary?.startApplication,
    });
    const people = describePeople(site.record);
    const identity = await startIdentityProviders(lab, {
      authority,
      planned,
      ...people,
      takesCodesAgain,
    });
    await site.open(identity.primary);
    const keys = makeKeyPair();
    const baseline = await backUp(lab, { storage, site, keys, backUpCluster: primary?.backUp });
    if (primary) {
      // Both clusters at once are too much for a small machine, and a site that is lost needs none.
      await primary.stop();
      await declareOutage(lab.state);
    }
    const scratch = await clusters?.startRecoveryCluster(lab, storage);
    await writeLabConfig(lab, {
      ...{ authority, storage, dns, identity, keys, baseline },
      ...describeSite(site, people),
      scratch,
    });
  });
}

/**
 * Makes a lab's folder and register entry and lets `build` fill it. What fails, or is interrupted, takes down what
 * already stands. Rejects with LAB_FAILED or INTERRUPTED.
 */
export async function raiseLab(
  { say, signal, stay = false, zone = 'drill.test', kubernetes = false }: RaiseOptions,
  build: (lab: LabUnderway) => Promise<void>,
): Promise<LabState> {
  const begun = performance.now();
  const directory = await mkdtemp(LAB_FOLDER);
  // The servers that drop root have to reach their own folders in it.
  await chmod(directory, 0o711);
  const addresses = kubernetes ? SITE_ADDRESSES : ADDRESSES;
  const state: LabState = {
    directory,
    raisedAt: new Date().toISOString(),
    configFile: path.join(directory, 'muster.config.yaml'),
    switchedName: `chat.${zone}`,
    endpoints: {},
    processes: [],
    sockets: [],
    outageAt: null,
  };
  saveState(state);
  try {
    if (kubernetes) await furnishLab(state);
    const sitePort = await findFreePort([addresses.primary, addresses.scratch]);
    await build({
      directory,
      state,
      stay,
      signal,
      zone,
      addresses,
      sitePort,
      siteUrl: `https://chat.${zone}:${sitePort}`,
      say: (line) => say(`lab ${formatDuration(performance.now() - begun).padStart(6)}  ${line}`),
      async note(role, { pid, startTime }, { primary = false, endpoint } = {}) {
        state.processes.push({ role, primary, pid, startTime });
        if (endpoint !== undefined) state.endpoints[endpoint] = role;
        saveState(state);
        say(
          `lab ${formatDuration(performance.now() - begun).padStart(6)}  ${role} is up${endpoint === undefined ? '' : ` at ${endpoint}`}`,
        );
        signal.throwIfAborted();
      },
    });
    signal.throwIfAborted();
    return state;
  } catch (cause) {
    await takeDown(state);
    if (signal.aborted)
      throw new DrillError('INTERRUPTED', 'bringing the lab up was interrupted; it was taken down again', {
        cause,
      });
    if (cause instanceof DrillError) throw cause;
    throw new DrillError('LAB_FAILED', 'the lab could not be brought up; it was taken down again', { cause });
  }
}

/** What every lab stands on: a certificate authority, object stores and DNS. */
export async function startFoundations(lab: LabUnderway) {
  const authority = await createCertificateAuthority(path.join(lab.directory, 'tls'));
  const [storage, dns] = await settleAll([startStorage(lab), startNames(lab)]);
  return { authority, storage, dns };
}

export type LabStorage = Awaited<ReturnType<typeof startStorage>>;
export type LabNames = Awaited<ReturnType<typeof startNames>>;

export async function startStorage(lab: LabUnderway) {
  const { directory, stay } = lab;
  const s3 = await startSeaweedfs({
    directory: path.join(directory, 's3'),
    detached: stay,
    ...(lab.state.kubernetes && { address: BRIDGE.node }),
    willLeave(sockets) {
      lab.state.sockets.push(...sockets);
      saveState(lab.state);
    },
  });
  await lab.note('S3 server (SeaweedFS)', s3.process, { endpoint: s3.endpoint });
  const blob = await startAzurite({ directory: path.join(directory, 'azurite'), detached: stay });
  await lab.note('blob server (Azurite)', blob.process, { endpoint: blob.endpoint });
  await s3.createBucket({ name: BUCKETS.backups, objectLock: { days: 1 } });
  await s3.createBucket({ name: BUCKETS.archive, objectLock: true });
  await blob.createContainer(BUCKETS.copies);
  return { s3, blob };
}

async function startNames(lab: LabUnderway) {
  const { primary, primaryIdp, secondaryIdp } = lab.addresses;
  const dns = await startDns({
    directory: path.join(lab.directory, 'dns'),
    zone: lab.zone,
    records: { chat: primary, sso: primaryIdp, sso2: secondaryIdp },
    ttl: 2,
    ...(lab.state.kubernetes && { pods: { range: POD_RANGE, ask: BRIDGE.node } }),
    detached: lab.stay,
  });
  const servers = [
    { role: 'authoritative DNS server (BIND)', at: dns.authoritative },
    { role: 'caching resolver (Unbound)', at: dns.resolvers[0] },
    { role: 'second caching resolver (Unbound)', at: dns.resolvers[1] },
  ];
  for (const [index, process] of dns.processes.entries()) {
    const { role = 'DNS server', at } = servers[index] ?? {};
    await lab.note(role, process, at && { endpoint: `${at.address}:${at.port}` });
  }
  return dns;
}
