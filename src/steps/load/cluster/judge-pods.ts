import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import type { ApplicationPods } from '../../../model/facts.ts';
import { formatEndpoint } from '../../../support/endpoint.ts';
import { inBatches } from '../../../support/in-batches.ts';
import { someOf } from '../../../support/some-of.ts';
import { holesInSeal } from '../../cluster/holes-in-seal.ts';
import { findScratchCluster, type ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { namespacePods, type SitePod } from '../../cluster/site-pods.ts';
import { OWN_ATTEMPT, readWatched, WATCHER, type Seen } from '../../cluster/watcher.ts';
import { placeDestinations } from '../../preflight/cluster/policies.ts';
import { ISOLATION_CLAIMS as CLAIMS, ISOLATION_IDS as IDS } from '../isolation/claims.ts';
import { productionOf } from '../isolation/pointers.ts';

/** What the pods of the site tried to reach, by the record of the watcher in each of them. */
interface PodRecord {
  readonly seen: readonly Seen[];
  /** Pods whose record is missing, or begins anew in the middle. */
  readonly gaps: readonly string[];
}

/** Looks at whom the site's pods connected to, or tried to, and at whether the policies that deny it still stand. */
export async function judgePods(ctx: StepContext, site: ApplicationPods): Promise<readonly Check[]> {
  const scratch = await findScratchCluster(ctx);
  if (scratch === undefined) throw new TypeError('pods without a cluster');
  const { signal } = ctx;
  const { pods, strangers } = await namespacePods(scratch.cluster, site, { signal });
  const record = await readRecord(ctx, scratch, site, pods, strangers);
  const declared = await placeDestinations(ctx.get('network').destinations);
  const isDeclared = ({ address, port }: Seen) =>
    declared.some((one) => one.port === port && one.addresses.includes(address));
  const strange = record.seen.filter(
    (one) => !isOwn(one) && !isDeclared(one) && one.port !== 53 && !isLoopback(one),
  );
  const evidence = [
    await ctx.attach('attempts.json', `${JSON.stringify({ ...record, strange }, null, 2)}\n`),
  ];
  return [
    { ...judgeCounted(record), evidence },
    { ...(await judgeLeft(ctx, scratch, record, strange)), evidence },
    { ...(await judgeQuiet(ctx, record, strange)), evidence },
    judgeFolders(pods, record),
  ];
}

async function readRecord(
  { signal }: StepContext,
  { cluster }: ScratchCluster,
  { namespace, pods: started }: ApplicationPods,
  pods: readonly SitePod[],
  strangers: readonly string[],
): Promise<PodRecord> {
  const read = await inBatches(pods, 4, async ({ name, states }) => {
    const state = states.find((one) => one.name === WATCHER);
    const seen = readWatched(
      await cluster.logTail({ namespace, name, container: WATCHER }, { lines: 100_000, signal }),
    );
    const isWhole = state?.ready === true && state.restarts === 0 && seen.some(isOwn);
    return { seen, gaps: isWhole ? [] : [name] };
  });
  return {
    seen: read.flatMap(({ seen }) => seen),
    gaps: [
      ...(pods.length === 0 ? ['no pod of the site is left'] : read.flatMap(({ gaps }) => gaps)),
      ...started
        .filter((name) => !pods.some((pod) => pod.name === name))
        .map((name) => `${name}, which is gone and has taken its record along`),
      // Nobody looked at what they tried; the policies held them up all the same.
      ...strangers.map((name) => `${name}, which is no pod of the site`),
    ],
  };
}

function judgeCounted({ gaps }: PodRecord): Check {
  const check = {
    id: IDS.counted,
    claim: CLAIMS[IDS.counted],
    expected: `our own attempt on ${formatEndpoint(OWN_ATTEMPT)} in the record of each pod`,
  };
  if (gaps.length === 0) return { ...check, verdict: 'passed', seen: 'it is in each of them' };
  return {
    ...check,
    verdict: 'unverified',
    seen: `no whole record of: ${gaps.join(', ')}`,
    code: 'COUNTER_SILENT',
    hint: `See the log of container ${WATCHER}. A pod that was made anew has lost what it tried before; one that is not the site’s was made by another operator from what came with the backup.`,
  };
}

async function judgeLeft(
  ctx: StepContext,
  scratch: ScratchCluster,
  { seen, gaps }: PodRecord,
  strange: readonly Seen[],
): Promise<Check> {
  const opened = [...strange, ...seen.filter(isOwn)].filter(({ was }) => was === 'open');
  const check = {
    id: IDS.left,
    claim: CLAIMS[IDS.left],
    expected: `connections to nobody but ${ctx
      .get('network')
      .destinations.map((one) => formatEndpoint({ address: one.host, port: one.port }))
      .join(', ')}`,
  };
  const holes = [
    ...opened.map((one) => `connected to ${formatEndpoint(one)}`),
    ...(await holesInSeal(ctx, scratch)),
  ];
  if (holes.length > 0)
    return {
      ...check,
      verdict: 'missed',
      seen: someOf(holes),
      code: 'LEFT_THE_SCRATCH',
      hint: 'Find out at once what was reached, and whether it was production: see attempts.json.',
    };
  if (gaps.length > 0)
    return { ...check, verdict: 'unverified', seen: 'not all is known', code: 'NOT_COUNTED' };
  return { ...check, verdict: 'passed', seen: `${describeTried(strange)}; the policies stand` };
}

/** Of an attempt only the address is known: it is production's where a name of production leads there. */
async function judgeQuiet(ctx: StepContext, { gaps }: PodRecord, strange: readonly Seen[]): Promise<Check> {
  const { patterns } = productionOf(ctx);
  const places = await inBatches(
    patterns.filter((pattern) => !pattern.includes('*')),
    16,
    async (name) => ({ name, addresses: await addressesOf(name) }),
  );
  const found = strange.flatMap(({ address, port }) =>
    places
      .filter(({ addresses }) => addresses.includes(address))
      .map(({ name }) => `${formatEndpoint({ address, port })} (${name})`),
  );
  const check = {
    id: IDS.quiet,
    claim: CLAIMS[IDS.quiet],
    expected: `none of ${patterns.length} addresses of production, and nobody else who is not declared`,
  };
  if (found.length > 0)
    return {
      ...check,
      verdict: 'missed',
      seen: found.join(', '),
      code: 'SITE_REACHES_OUT',
      hint: 'It was stopped by the policies. Quarantine has left something that calls there: see isolation.no-production-pointer.',
    };
  if (gaps.length > 0)
    return { ...check, verdict: 'unverified', seen: 'not all is known', code: 'NOT_COUNTED' };
  if (strange.length === 0) return { ...check, verdict: 'passed', seen: 'nobody' };
  return {
    ...check,
    verdict: 'unverified',
    seen: `${describeTried(strange)}: whose addresses these are is not known`,
    code: 'NOT_COUNTED',
    hint: 'They were stopped. Find out whose they are, and declare them in scratch.mayReach if the site may reach them.',
  };
}

function judgeFolders(pods: readonly SitePod[], { gaps }: PodRecord): Check {
  const check = {
    id: IDS.sockets,
    claim: CLAIMS[IDS.sockets],
    expected: 'no folder of a node in a pod of the site: sockets would be in one',
  };
  const folders = pods.flatMap(({ nodeFolders }) => nodeFolders);
  if (folders.length === 0 && gaps.length > 0)
    return { ...check, verdict: 'unverified', seen: 'not all is known', code: 'NOT_COUNTED' };
  if (folders.length === 0) return { ...check, verdict: 'passed', seen: 'none' };
  return {
    ...check,
    verdict: 'missed',
    seen: [...new Set(folders)].join(', '),
    code: 'UNIX_SOCKET_OPEN',
    hint: 'Take the hostPath volume out of the Mattermost resource.',
  };
}

async function addressesOf(name: string): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name];
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

function describeTried(strange: readonly Seen[]): string {
  const tried = [...new Set(strange.map(formatEndpoint))];
  return tried.length === 0 ? 'no attempt to leave' : `stopped: ${someOf(tried, ', ')}`;
}

const isOwn = ({ address, port }: Seen): boolean =>
  address === OWN_ATTEMPT.address && port === OWN_ATTEMPT.port;

const isLoopback = ({ address }: Seen): boolean =>
  address.startsWith('127.') || address === '0:0:0:0:0:0:0:1';
