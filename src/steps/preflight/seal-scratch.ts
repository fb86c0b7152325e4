import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ScratchConfig } from '../../model/config.ts';
import type { LaunchedProcess, Step, StepContext } from '../../model/drill.ts';
import { minutes, seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { Destination, NamespaceNetwork, ProxyNetwork } from '../../model/facts.ts';
import { formatEndpoint, parseEndpoint } from '../../support/endpoint.ts';
import { matchesHost } from '../../support/host-patterns.ts';
import { findFreePort } from '../../support/ports.ts';
import { readNamespace } from '../../support/processes.ts';
import { isNamespaceAlive, namespaceResource } from '../../support/scratch-network/namespace.ts';
import { findStrength, unshareArgs, type Strength } from '../../support/scratch-network/strength.ts';
import { OUTLET_SOCKET, WARDEN_SOCKET } from '../../support/scratch-network/warden.ts';
import { requireTool } from '../../support/tools.ts';
import { waitFor } from '../../support/wait-for.ts';
import { OWN } from '../cluster/own-names.ts';
import { findScratchCluster } from '../cluster/scratch-cluster.ts';
import { sealNamespace, unsealNamespace } from './cluster/seal-namespace.ts';
import { findDestinations } from './destinations.ts';

const WARDEN = 'scratch warden';
const OUTLET = 'scratch outlet';
const program = (name: string) =>
  path.join(import.meta.dirname, '..', '..', 'support', 'scratch-network', name);

/** Makes the network that the restored copy will live in: one without a way out but to declared destinations. */
export function sealScratch(): Step {
  return {
    id: 'seal-scratch',
    title: 'Seal the scratch',
    gives: ['network'],
    promises: ['scratch.sealed'],
    budget: minutes(10),
    plan: ({ scratch }) => [
      ...planSeal(scratch),
      `let through: the secondary identity provider${scratch.mayReach.map((one) => `, ${one}`).join('')}`,
    ],
    run,
    undo,
  };
}

function planSeal(scratch: ScratchConfig): readonly string[] {
  if (scratch.kind === 'kubernetes') {
    const { operator, namespace } = scratch;
    return [
      `set Deployment ${operator.namespace}/${operator.deployment} to 0 replicas`,
      `make namespace ${namespace} and the NetworkPolicies ${OWN.denyPolicy} and ${OWN.allowPolicy} in it`,
      'a pod there tries the API server before and after',
    ];
  }
  return scratch.isolation === 'proxy'
    ? ['start a proxy that denies and writes down']
    : [
        'unshare --net: a network without uplink for database and application; nft counts what tries to leave it',
      ];
}

async function run(ctx: StepContext): Promise<void> {
  refuseProductionDestinations(ctx);
  const destinations = await findDestinations(ctx);
  const { scratch } = ctx.config;
  const inCluster = await findScratchCluster(ctx);
  if (inCluster !== undefined) return ctx.set('network', await sealNamespace(ctx, inCluster, destinations));
  if (scratch.kind === 'local') await sealHere(ctx, scratch, destinations);
}

async function sealHere(
  ctx: StepContext,
  { isolation }: Extract<ScratchConfig, { kind: 'local' }>,
  destinations: readonly Destination[],
): Promise<void> {
  const strength = isolation === 'proxy' ? undefined : await findStrength();
  if (isolation === 'namespace' && strength?.kind === 'proxy') throw impossible(strength.why);
  const directory = networkFolder(ctx);
  ctx.created({ kind: 'folder', name: directory });
  // Its sockets are for their owner alone; the database server, who is somebody else, has a folder in it.
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const network =
    strength?.kind === 'namespace'
      ? await makeNamespace(ctx, { strength, directory, destinations })
      : await makeProxy(ctx, { why: strength?.why ?? null, directory, destinations });
  ctx.set('network', network);
  judge(ctx, network);
}

interface Making {
  readonly directory: string;
  readonly destinations: readonly Destination[];
}

async function makeNamespace(
  ctx: StepContext,
  { strength, directory, destinations }: Making & { strength: Extract<Strength, { kind: 'namespace' }> },
): Promise<NamespaceNetwork> {
  const { rootless } = strength;
  const endpoints = destinations.map(endpointOf);
  const [unshare, ip, nft] = await Promise.all([
    requireTool('unshare'),
    requireTool('ip'),
    requireTool('nft'),
  ]);
  const [outlet, warden] = await Promise.all([
    launchOutlet(
      ctx,
      ['--listen', path.join(directory, OUTLET_SOCKET), ...manyOf('--allow', endpoints)],
      directory,
    ),
    ctx.launch({
      role: WARDEN,
      command: unshare,
      args: [
        ...unshareArgs(rootless),
        '--',
        ...[process.execPath, program('warden.ts'), '--directory', directory, '--ip', ip, '--nft', nft],
        ...manyOf('--destination', endpoints),
      ],
    }),
  ]);
  await Promise.all([
    untilReady(ctx, outlet, () => existsSync(path.join(directory, OUTLET_SOCKET))),
    untilReady(ctx, warden, () => existsSync(path.join(directory, WARDEN_SOCKET))),
  ]);
  const { pid, startTime } = warden;
  const name = readNamespace(pid, 'net');
  if (name === undefined || name === readNamespace(process.pid, 'net'))
    throw impossible('the warden is not in a namespace of its own');
  ctx.created({ kind: 'namespace', name: namespaceResource({ name, directory }) });
  return { kind: 'namespace', pid, startTime, name, rootless, directory, destinations };
}

async function makeProxy(
  ctx: StepContext,
  { why, directory, destinations }: Making & { why: string | null },
): Promise<ProxyNetwork> {
  const port = await findFreePort();
  const outlet = await launchOutlet(ctx, ['--listen', '127.0.0.1', '--port', String(port)], directory);
  await untilReady(ctx, outlet, async () => (await readFile(outlet.logFile, 'utf8')).includes('outlet: on'));
  return { kind: 'proxy', url: `http://127.0.0.1:${port}`, logFile: outletLog(directory), why, destinations };
}

function launchOutlet(
  ctx: StepContext,
  args: readonly string[],
  directory: string,
): Promise<LaunchedProcess> {
  const resolvers = manyOf('--resolver', ctx.config.dns.resolvers);
  return ctx.launch({
    role: OUTLET,
    command: process.execPath,
    args: [program('outlet.ts'), ...args, '--log', outletLog(directory), ...resolvers],
  });
}

/** Where the outlet writes down what it let through and what it refused. */
export const outletLog = (directory: string): string => path.join(directory, 'outlet.log');

export const endpointOf = ({ host, port }: Pick<Destination, 'host' | 'port'>): string =>
  formatEndpoint({ address: host, port });

const manyOf = (option: string, values: readonly string[]) => values.flatMap((value) => [option, value]);

async function untilReady(
  ctx: StepContext,
  { ended, logFile }: LaunchedProcess,
  isReady: () => boolean | Promise<boolean>,
): Promise<void> {
  let ending: string | undefined;
  void ended.then((how) => (ending = how));
  const ready = await waitFor(async () => (ending !== undefined || (await isReady()) ? true : undefined), {
    timeout: seconds(30),
    interval: 10,
    signal: ctx.signal,
  });
  if (ready && ending === undefined) return;
  const said = (await readFile(logFile, 'utf8').catch(() => ''))
    .trim()
    .split('\n')
    .slice(-4)
    .join('\n       ');
  throw new DrillError('SCRATCH_NOT_SEALED', 'the network of the scratch could not be made', {
    details: { ending: ending ?? 'not ready within 30 s', said },
    hint: 'Read the output; `muster doctor` says how well this machine can seal a scratch.',
  });
}

/** Short: the path of a socket in it is limited (unix(7)). */
function networkFolder({ runDir }: StepContext): string {
  const own = createHash('sha256').update(runDir).digest('hex').slice(0, 10);
  return path.join(tmpdir().length > 60 ? '/tmp' : tmpdir(), `muster-seal-${own}`);
}

function refuseProductionDestinations({ config }: StepContext): void {
  const found = config.scratch.mayReach.find((one) =>
    matchesHost(parseEndpoint(one).address, config.site.production.hosts),
  );
  if (found === undefined) return;
  throw new DrillError(
    'CONFIG_INVALID',
    `scratch.mayReach names ${found}, which is listed in site.production.hosts`,
    {
      hint: 'A restored copy must not reach production: take it off one of the two lists.',
    },
  );
}

function judge(ctx: StepContext, network: NamespaceNetwork | ProxyNetwork): void {
  const open =
    network.destinations.map((one) => `${endpointOf(one)} (${one.purpose})`).join(', ') || 'nothing';
  const check = {
    id: 'scratch.sealed',
    claim: 'The restored copy will live where nothing but declared destinations can be reached',
    expected: 'a network without uplink',
  };
  if (network.kind === 'namespace') {
    const whose = network.rootless ? ', made without root: all in it have one user id' : '';
    return ctx.check({
      ...check,
      verdict: 'passed',
      seen: `a network namespace without uplink${whose}; open: ${open}`,
    });
  }
  const weaker =
    'the weaker proof: the application is asked to use a proxy that denies, and nothing makes it';
  if (network.why === null)
    return ctx.check({ ...check, expected: 'a denying proxy', verdict: 'passed', seen: weaker });
  ctx.check({
    ...check,
    verdict: 'unverified',
    seen: `${weaker}. ${network.why}`,
    code: 'WEAK_ISOLATION',
    hint: 'Run as root or allow user namespaces, and install what `muster doctor` misses; or set scratch.isolation to "proxy" to be content with it.',
  });
}

const impossible = (why: string) =>
  new DrillError(
    'SCRATCH_NOT_SEALED',
    `scratch.isolation demands a namespace, and there can be none: ${why}`,
    {
      hint: '`muster doctor` says how well this machine can seal a scratch. Run as root, or allow user namespaces.',
    },
  );

async function undo(ctx: StepContext): Promise<void> {
  const inCluster = await findScratchCluster(ctx);
  if (inCluster !== undefined) return unsealNamespace(ctx, inCluster);
  await ctx.endLaunched(WARDEN);
  await ctx.endLaunched(OUTLET);
  const directory = networkFolder(ctx);
  await rm(directory, { recursive: true, force: true });
  ctx.removed({ kind: 'folder', name: directory });
  const network = ctx.find('network');
  if (network?.kind !== 'namespace') return;
  const resource = namespaceResource(network);
  // Who was killed is in it until the kernel has taken him apart.
  const gone = await waitFor(async () => !isNamespaceAlive(resource) || undefined, { timeout: seconds(5) });
  if (!gone) {
    throw new DrillError('TEARDOWN_INCOMPLETE', `somebody is still in the scratch's network ${resource}`, {
      hint: `Look for them with \`lsns -t net\`; the namespace goes when the last of them ends.`,
    });
  }
  ctx.removed({ kind: 'namespace', name: resource });
}
