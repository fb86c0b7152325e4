import { minutes, seconds } from '../../../model/duration.ts';
import { DrillError } from '../../../model/errors.ts';
import type { StepContext } from '../../../model/drill.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import type { Endpoint } from '../../../support/endpoint.ts';
import { waitFor } from '../../../support/wait-for.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';

/** What a probe pod says of somewhere: whether a connection could be made. */
export type Reach = 'open' | 'shut';

/** Says again and again what it can reach. The API server's own address, that every pod is told, is there in each cluster. */
const SCRIPT = `
while true; do
  for to in "$KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT" $TRY; do
    set -- $(echo "$to" | tr , ' ')
    if nc -w 2 "$1" "$2" </dev/null >/dev/null 2>&1; then echo "$1:$2 open"; else echo "$1:$2 shut"; fi
  done
  echo round
  sleep 0.5
done`;

export interface Probe {
  /** Waits for a whole round in which the condition holds, and gives what was seen last either way. */
  until(
    condition: (seen: Readonly<Record<string, Reach>>) => boolean,
  ): Promise<{ readonly held: boolean; readonly seen: Readonly<Record<string, Reach>> }>;
  /** What it has reached at any moment since it began. */
  everOpen(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export interface ProbeOptions {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** To be tried beside the API server. */
  readonly endpoints: readonly Endpoint[];
}

/** Starts a pod in the namespace that tries the API server and the given endpoints. Rejects with SCRATCH_NOT_SEALED. */
export async function startProbe(
  ctx: Pick<StepContext, 'signal' | 'progress'>,
  { cluster, settings }: ScratchCluster,
  options: ProbeOptions,
): Promise<Probe> {
  const { signal } = ctx;
  const { namespace, probeImage } = settings;
  const { name } = options;
  const pod = { name, namespace, container: 'probe' };
  const ref = { apiVersion: 'v1', kind: 'Pod', name, namespace };
  await cluster.create(probePod(namespace, probeImage, options), { signal });
  const running = await waitFor(
    async () => {
      const found = await cluster.read(ref, { signal });
      const { phase } = (found?.['status'] ?? {}) as { phase?: string };
      return phase === 'Running' || undefined;
    },
    { timeout: minutes(3), interval: 250, signal },
  );
  if (!running) {
    throw new DrillError('SCRATCH_NOT_SEALED', `the probe pod with image ${probeImage} does not start`, {
      hint: `See \`kubectl -n ${namespace} describe pod ${name}\`. scratch.probeImage must be one that the nodes can pull.`,
    });
  }
  return {
    async until(condition) {
      let seen: Readonly<Record<string, Reach>> = {};
      const held = await waitFor(
        async () => {
          seen = lastRound(await cluster.logTail(pod, { lines: 4 * (options.endpoints.length + 2), signal }));
          return (Object.keys(seen).length > 0 && condition(seen)) || undefined;
        },
        { timeout: seconds(60), interval: 500, signal },
      );
      return { held: held === true, seen };
    },
    async everOpen() {
      const log = await cluster.logTail(pod, { lines: 10_000, signal });
      return [...new Set(log.split('\n').filter((line) => line.endsWith(' open')))].map((line) =>
        line.replace(/ open$/, ''),
      );
    },
    remove: () => cluster.remove(ref, { signal }),
  };
}

/** The last whole round of a log: `10.96.0.1:443 shut`. */
export function lastRound(log: string): Readonly<Record<string, Reach>> {
  const rounds = log.split(/^round$/m);
  const lines = (rounds.length > 2 ? (rounds.at(-2) ?? '') : '').trim().split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [where = '', reach] = line.split(' ');
      return reach === 'open' || reach === 'shut' ? [[where, reach]] : [];
    }),
  );
}

function probePod(
  namespace: string,
  image: string,
  { name, labels, endpoints }: ProbeOptions,
): KubernetesObject {
  const value = endpoints.map(({ address, port }) => `${address},${port}`).join(' ');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'probe',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', SCRIPT],
          env: [{ name: 'TRY', value }],
        },
      ],
    },
  };
}
