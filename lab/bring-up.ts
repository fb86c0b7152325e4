import { chmod, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { formatDuration } from '../src/model/duration.ts';
import { DrillError } from '../src/model/errors.ts';
import { findFreePort } from '../src/support/ports.ts';
import { takeDown } from './take-down.ts';
import { ADDRESSES, BUCKETS, ZONE, type LabUnderway } from './underway.ts';
import { startDns } from './dns/index.ts';
import { planIdentity, startIdentityProviders } from './identity-pair.ts';
import { startPrimarySite } from './primary-site.ts';
import { backUp } from './back-up.ts';
import { saveState, type LabState } from './state.ts';
import { startAzurite } from './storage/azurite.ts';
import { startSeaweedfs } from './storage/seaweedfs.ts';
import { createCertificateAuthority } from './tls.ts';
import { writeLabConfig } from './lab-config.ts';

export interface BringUpOptions {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** The same seed makes the same people and messages. */
  readonly seed?: number;
  /** Outlive this process. */
  readonly stay?: boolean;
  /** What people wrote, in messages. */
  readonly posts?: number;
}

/** Everything in the order in which it depends on each other; a part that fails takes down what already stands. */
export async function bringUp({
  say,
  signal,
  seed = 1,
  stay = false,
  posts,
}: BringUpOptions): Promise<LabState> {
  const begun = performance.now();
  const directory = await mkdtemp('/var/tmp/muster-lab-');
  // The servers that drop root have to reach their own folders in it.
  await chmod(directory, 0o711);
  const sitePort = await findFreePort([ADDRESSES.primary, ADDRESSES.scratch]);
  const state: LabState = {
    directory,
    configFile: path.join(directory, 'muster.config.yaml'),
    switchedName: `chat.${ZONE}`,
    endpoints: {},
    processes: [],
    sockets: [],
    outageAt: null,
  };
  await saveState(state);
  const lab: LabUnderway = {
    directory,
    state,
    stay,
    signal,
    sitePort,
    siteUrl: `https://chat.${ZONE}:${sitePort}`,
    say: (line) => say(`lab ${formatDuration(performance.now() - begun).padStart(6)}  ${line}`),
    async note(role, { pid, startTime }, { primary = false, endpoint } = {}) {
      state.processes.push({ role, primary, pid, startTime });
      if (endpoint !== undefined) state.endpoints[endpoint] = role;
      await saveState(state);
      lab.say(`${role} is up${endpoint === undefined ? '' : ` at ${endpoint}`}`);
      signal.throwIfAborted();
    },
  };
  try {
    const authority = await createCertificateAuthority(path.join(directory, 'tls'));
    const [storage, dns] = await Promise.all([startStorage(lab), startNames(lab)]);
    const planned = {
      primary: await planIdentity('sso', ADDRESSES.primaryIdp),
      secondary: await planIdentity('sso2', ADDRESSES.secondaryIdp),
    };
    const site = await startPrimarySite(lab, {
      authority,
      dns,
      identity: planned.primary,
      seed,
      ...(posts !== undefined && { posts }),
    });
    const identity = await startIdentityProviders(lab, { authority, record: site.record, planned });
    await site.open(identity.primary);
    await backUp(lab, { storage, site });
    await writeLabConfig(lab, { authority, storage, dns, site, identity });
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

export type LabStorage = Awaited<ReturnType<typeof startStorage>>;
export type LabNames = Awaited<ReturnType<typeof startNames>>;

async function startStorage(lab: LabUnderway) {
  const { directory, stay } = lab;
  const [s3, blob] = await Promise.all([
    startSeaweedfs({ directory: path.join(directory, 's3'), detached: stay }),
    startAzurite({ directory: path.join(directory, 'azurite'), detached: stay }),
  ]);
  lab.state.sockets.push(...s3.process.sockets);
  await lab.note('S3 server (SeaweedFS)', s3.process, { endpoint: s3.endpoint });
  await lab.note('blob server (Azurite)', blob.process, { endpoint: blob.endpoint });
  await s3.createBucket({ name: BUCKETS.backups, objectLock: { days: 1 } });
  await s3.createBucket({ name: BUCKETS.archive, objectLock: true });
  await blob.createContainer(BUCKETS.copies);
  return { s3, blob };
}

async function startNames(lab: LabUnderway) {
  const dns = await startDns({
    directory: path.join(lab.directory, 'dns'),
    zone: ZONE,
    records: { chat: ADDRESSES.primary, sso: ADDRESSES.primaryIdp, sso2: ADDRESSES.secondaryIdp },
    ttl: 2,
    detached: lab.stay,
  });
  const roles = [
    'authoritative DNS server (BIND)',
    'caching resolver (Unbound)',
    'second caching resolver (Unbound)',
  ];
  for (const [index, process] of dns.processes.entries())
    await lab.note(roles[index] ?? 'DNS server', process);
  return dns;
}
