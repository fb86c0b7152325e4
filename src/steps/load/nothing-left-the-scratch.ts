import type { Client } from 'pg';
import type { Check } from '../../model/check.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { seconds } from '../../model/duration.ts';
import type {
  ApplicationProcess,
  NamespaceNetwork,
  ProxyNetwork,
  ScratchNetwork,
} from '../../model/facts.ts';
import { readProxyLog, type ProxyEvent } from '../../support/connect-proxy.ts';
import { judgePods } from './cluster/judge-pods.ts';
import { isRunning, readNamespace } from '../../support/processes.ts';
import { SET_SIZE } from '../../support/scratch-network/ruleset.ts';
import { openRestored } from '../restore/restored-database.ts';
import { endpointOf, outletLog } from '../preflight/seal-scratch.ts';
import { ISOLATION_CLAIMS as CLAIMS, ISOLATION_IDS as IDS } from './isolation/claims.ts';
import { hostsOfImages } from './isolation/images-in-messages.ts';
import { familyOf, listeningPorts, tcpPeers, unixPeers } from './isolation/open-sockets.ts';
import { proveCounting, proveProxy, type Proof } from './isolation/own-attempts.ts';
import { findPointers, productionOf } from './isolation/pointers.ts';
import { hostsToBeSilent } from './isolation/silenced-hosts.ts';
import { describeAttempt, sortAttempts, type SortedAttempt } from './isolation/sort-attempts.ts';

/**
 * Looks at what the restored site tried to reach while it was used: nothing may have got out, and nothing may point at
 * production. Shows first, by attempts of its own, that the counter counts.
 */
export function nothingLeftTheScratch(): Step {
  return {
    id: 'nothing-left-the-scratch',
    title: 'Make sure that nothing left the scratch',
    needs: ['application', 'database', 'network', 'quarantine', 'scratch'],
    promises: Object.values(IDS),
    budget: seconds(120),
    plan: () => [
      'try to leave the scratch under the application’s user id, and see that it is counted',
      'nft --json list table inet muster: who tried to reach what',
      'look for Unix sockets that lead out, and for production in environment, settings and file of the running site',
    ],
    async run(ctx) {
      const application = ctx.get('application');
      const network = ctx.get('network');
      if (application.kind === 'process' && !isRunning(application)) return leaveOpen(ctx);
      await using connection = await openRestored(ctx.get('database'), { readOnly: true });
      const { client } = connection;
      if (application.kind === 'pods') {
        for (const check of await judgePods(ctx, application)) ctx.check(check);
        return ctx.check(await judgePointers(ctx, client));
      }
      if (network.kind === 'cluster') throw new TypeError('a process of this machine is in no cluster');
      const tried =
        network.kind === 'namespace'
          ? await judgeNamespace(ctx, network, application)
          : await judgeProxy(ctx, network, application);
      ctx.check(await judgeQuiet(ctx, client, tried));
      ctx.check(await judgeUnixSockets(ctx, network, application));
      ctx.check(await judgePointers(ctx, client));
    },
  };
}

/** Attempts by name or address, and names that were only asked for. */
interface Tried {
  /** Whether they are all that there were. */
  readonly isWhole: boolean;
  readonly attempts: readonly SortedAttempt[];
  readonly names: readonly string[];
}

function leaveOpen(ctx: StepContext): void {
  for (const id of Object.values(IDS)) {
    ctx.check({
      id,
      claim: CLAIMS[id],
      verdict: 'unverified',
      expected: 'the restored site runs',
      seen: 'its process is gone',
      code: 'NOT_COUNTED',
      hint: 'See the end of its log in the run folder.',
    });
  }
}

async function judgeNamespace(
  ctx: StepContext,
  network: NamespaceNetwork,
  application: ApplicationProcess,
): Promise<Tried> {
  const proof = await proveCounting(ctx, network, application);
  const { snapshot } = proof;
  const attempts = sortAttempts(snapshot, {
    applicationUid: application.uid,
    // The application's own are dialled inside by the front and its parts.
    ownPorts: [ctx.get('database').port, ...(await listeningPorts(application.pid))],
  });
  const outlet = await readProxyLog(outletLog(network.directory));
  const names = Object.keys(snapshot.asked);
  const body = JSON.stringify(
    { attempts, namesAskedFor: snapshot.asked, letThrough: countOpened(outlet) },
    null,
    2,
  );
  const evidence = [await ctx.attach('attempts.json', `${body}\n`)];
  ctx.check({ ...judgeCounting(proof), evidence });
  ctx.check({ ...judgeLeft(network, { application, proof, attempts, outlet }), evidence });
  return { attempts, names, isWhole: proof.missing.length === 0 };
}

function judgeCounting({ missing }: Pick<Proof, 'missing'>): Check {
  const check = {
    id: IDS.counted,
    claim: CLAIMS[IDS.counted],
    expected: 'all that we tried ourselves, under the application’s user id',
  };
  if (missing.length === 0) return { ...check, verdict: 'passed', seen: 'all of it was counted' };
  return {
    ...check,
    verdict: 'unverified',
    seen: `not counted: ${missing.join(', ')}`,
    code: 'COUNTER_SILENT',
    hint: 'What the site tried is not known either. See the log of the scratch warden.',
  };
}

interface Seen {
  readonly application: ApplicationProcess;
  readonly proof: Proof;
  readonly attempts: readonly SortedAttempt[];
  readonly outlet: readonly ProxyEvent[];
}

function judgeLeft(network: NamespaceNetwork, scene: Seen): Check {
  const { proof, attempts, outlet } = scene;
  const stopped = attempts.filter(({ fate }) => fate === 'stopped');
  const check = {
    id: IDS.left,
    claim: CLAIMS[IDS.left],
    expected: `connections to nobody but ${network.destinations.map(endpointOf).join(', ') || 'the scratch itself'}`,
    metric: { key: 'attempts_stopped', value: sum(stopped), unit: 'attempts', better: 'lower' as const },
  };
  const holes = findHoles(network, scene);
  if (holes.length > 0) {
    return {
      ...check,
      verdict: 'missed',
      seen: holes.join('; '),
      code: 'LEFT_THE_SCRATCH',
      hint: 'Find out at once what was reached, and whether it was production: see attempts.json and the outlet’s log.',
    };
  }
  const full = proof.snapshot.attempts.length >= SET_SIZE;
  if (proof.missing.length > 0 || full) {
    const seen = full
      ? `more than ${SET_SIZE} destinations: new ones were not counted`
      : 'the counter does not count';
    return { ...check, verdict: 'unverified', seen, code: 'NOT_COUNTED' };
  }
  return { ...check, verdict: 'passed', seen: `${describeStopped(stopped)}; ${describeLetThrough(outlet)}` };
}

/** Ways out that there must not be. */
function findHoles(
  { name, destinations }: NamespaceNetwork,
  { application, proof, outlet }: Seen,
): readonly string[] {
  const { interfaces } = proof.snapshot;
  const declared = new Set(destinations.map(({ host, port }) => `${host}:${port}`));
  const undeclared = outlet.filter(
    ({ event, host, port }) => event === 'opened' && !declared.has(`${host}:${port}`),
  );
  const outside = familyOf(application).filter((pid) => (readNamespace(pid, 'net') ?? name) !== name);
  const uplinks = interfaces.filter((one) => one !== 'lo');
  return [
    ...undeclared.map(({ host, port }) => `${host}:${port} was let through and is not declared`),
    ...(outside.length > 0 ? [`process ${outside.join(', ')} of the site is in another network`] : []),
    ...(uplinks.length > 0 ? [`its network has an interface ${uplinks.join(', ')}`] : []),
  ];
}

async function judgeProxy(
  ctx: StepContext,
  network: ProxyNetwork,
  application: ApplicationProcess,
): Promise<Tried> {
  const missing = await proveProxy(network, ctx.signal);
  // Without a log, what it has not written is missed already.
  const events = await readProxyLog(network.logFile).catch((): readonly ProxyEvent[] => []);
  const attempts = events
    .filter(({ event, host }) => event === 'refused' && !/^muster-[0-9a-f]{8}\.example$/.test(host))
    .map(({ host, port }): SortedAttempt => {
      return { who: 'the application', to: host, port, protocol: 'tcp', count: 1, fate: 'stopped' };
    });
  const pids = familyOf(application);
  const declared = network.destinations.map(endpointOf);
  // Of declared names only the port can be told: where they are is asked anew each time.
  const declaredPorts = network.destinations.map(({ port }) => `:${port}`);
  const strangers = [...new Set(await tcpPeers(pids))].filter(
    (peer) =>
      !/^(127\.|\[0:0:0:0:0:0:0:1\])/.test(peer) && !declaredPorts.some((port) => peer.endsWith(port)),
  );
  const evidence = [
    await ctx.attach('attempts.json', `${JSON.stringify({ attempts, strangers }, null, 2)}\n`),
  ];
  ctx.check({ ...judgeCounting({ missing }), expected: 'what we asked the proxy for ourselves', evidence });
  const check = {
    id: IDS.left,
    claim: CLAIMS[IDS.left],
    evidence,
    expected: `no connection but to ${declared.join(', ')}`,
  };
  const seen = `${describeStopped(attempts)} by the proxy; no other connection is open now. The weaker proof: what does not use the proxy and is short is not seen`;
  if (strangers.length > 0) {
    const hint = 'Find out at once what it is, and whether it is production.';
    ctx.check({
      ...check,
      verdict: 'missed',
      seen: `connected to ${strangers.join(', ')}`,
      code: 'LEFT_THE_SCRATCH',
      hint,
    });
  } else if (network.why === null && missing.length === 0) ctx.check({ ...check, verdict: 'passed', seen });
  else
    ctx.check({ ...check, verdict: 'unverified', seen, code: 'WEAK_ISOLATION', hint: 'See scratch.sealed.' });
  return { attempts, names: [], isWhole: network.why === null && missing.length === 0 };
}

async function judgeQuiet(
  ctx: StepContext,
  client: Client,
  { attempts, names, isWhole }: Tried,
): Promise<Check> {
  const production = productionOf(ctx);
  const silent = await hostsToBeSilent(client);
  const reached = attempts
    .filter(({ fate }) => fate === 'stopped' || fate === 'declared')
    .map(({ to }) => to);
  const all = [...new Set([...reached, ...names])];
  const suspects = all.filter((host) => production.find(host).length > 0 || silent.has(host));
  const images = await hostsOfImages(client, suspects);
  const found = suspects.filter((host) => !images.has(host));
  const check = {
    id: IDS.quiet,
    claim: CLAIMS[IDS.quiet],
    expected: `none of ${production.patterns.length} addresses of production, and no webhook, command, mail or push`,
  };
  if (found.length > 0) {
    const what = (host: string) =>
      production.find(host).length > 0 ? 'production' : 'an integration, or where mail and pushes go';
    return {
      ...check,
      verdict: 'missed',
      seen: found.map((host) => `${host} (${what(host)})`).join(', '),
      code: 'SITE_REACHES_OUT',
      hint: 'It was stopped here. Quarantine has left something that calls there: see isolation.no-production-pointer and the quarantine’s own checks.',
    };
  }
  const forImages = images.size > 0 ? `; for images in messages alone: ${[...images].join(', ')}` : '';
  const seen = `none among ${all.length} places that it tried or asked for${forImages}`;
  if (isWhole) return { ...check, verdict: 'passed', seen };
  return { ...check, verdict: 'unverified', seen: `${seen}; not all of them are known`, code: 'NOT_COUNTED' };
}

async function judgeUnixSockets(
  ctx: StepContext,
  network: ScratchNetwork,
  application: ApplicationProcess,
): Promise<Check> {
  const check = {
    id: IDS.sockets,
    claim: CLAIMS[IDS.sockets],
    expected: 'none; a network namespace does not hold them',
  };
  const paths = await unixPeers(ctx, network, familyOf(application));
  if (paths === undefined) {
    const seen = 'ss of iproute2 is not here, and nothing else tells';
    return { ...check, verdict: 'unverified', seen, code: 'NOT_COUNTED', hint: 'Run `npm run setup`.' };
  }
  if (paths.length === 0) return { ...check, verdict: 'passed', seen: 'none is open now' };
  return {
    ...check,
    verdict: 'missed',
    seen: paths.join(', '),
    code: 'UNIX_SOCKET_OPEN',
    hint: 'See which setting names it: what listens there may be production’s.',
  };
}

async function judgePointers(ctx: StepContext, client: Client): Promise<Check> {
  const { places, findings } = await findPointers(ctx, client);
  const check = {
    id: IDS.pointers,
    claim: CLAIMS[IDS.pointers],
    expected: `none in ${places} values of environment, database and file`,
  };
  if (findings.length === 0) return { ...check, verdict: 'passed', seen: 'none' };
  const first = findings.slice(0, 5).map(({ host, place }) => `${host} in ${place}`);
  return {
    ...check,
    verdict: 'missed',
    seen: `${first.join('; ')}${findings.length > first.length ? `; ${findings.length - first.length} more` : ''}`,
    code: 'PRODUCTION_ADDRESS_LEFT',
    hint: 'Something wrote it there after quarantine, or told the site by its environment. Take it out, or declare it in scratch.mayReach.',
  };
}

function countOpened(events: readonly ProxyEvent[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { event, host, port } of events) {
    if (event === 'opened') counts[`${host}:${port}`] = (counts[`${host}:${port}`] ?? 0) + 1;
  }
  return counts;
}

function describeStopped(stopped: readonly SortedAttempt[]): string {
  if (stopped.length === 0) return 'no attempt to leave';
  const shown = stopped.slice(0, 5).map(describeAttempt);
  const more = stopped.length > shown.length ? `, and ${stopped.length - shown.length} more` : '';
  return `stopped: ${shown.join(', ')}${more}`;
}

function describeLetThrough(events: readonly ProxyEvent[]): string {
  const counts = Object.entries(countOpened(events)).map(([to, count]) => `${count} to ${to}`);
  return `let through as declared: ${counts.join(', ') || 'none'}`;
}

const sum = (attempts: readonly SortedAttempt[]): number =>
  attempts.reduce((total, { count }) => total + count, 0);
