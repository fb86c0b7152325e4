import type { StepContext } from '../../../model/drill.ts';
import { formatDuration, minutes, seconds, type Milliseconds } from '../../../model/duration.ts';
import { DrillError } from '../../../model/errors.ts';
import type { ApplicationPods } from '../../../model/facts.ts';
import { waitFor } from '../../../support/wait-for.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { sitePods, siteRef, type SitePod } from '../../cluster/site-pods.ts';

/** A server may run migrations on a large database before it answers, and its image has to be pulled. */
const PATIENCE: Milliseconds = minutes(15);
/** A container that crashed this often will not come up by waiting. */
const HOPELESS_RESTARTS = 3;
/** What the operator calls an error for so long, without a pod to show for it, is nothing that it gets over. */
const STUCK: Milliseconds = minutes(1);

/** Waits for what the operator calls stable. Rejects with APPLICATION_NOT_HEALTHY that says why it is not. */
export async function waitUntilStable(
  ctx: StepContext,
  { cluster }: ScratchCluster,
  site: Pick<ApplicationPods, 'namespace' | 'name'>,
): Promise<void> {
  const { signal } = ctx;
  const started = performance.now();
  let told = '';
  let stuck = { error: '', since: started };
  let seen: { readonly state: string; readonly pods: readonly SitePod[] } = { state: '', pods: [] };
  const stable = await waitFor(
    async () => {
      const object = await cluster.read(siteRef(site), { signal });
      seen = { state: describeState(object), pods: await sitePods(cluster, site, { signal }) };
      const hopeless = seen.pods.map(whyHopeless).find((why) => why !== undefined);
      if (hopeless !== undefined) throw await notStable(hopeless);
      const { error = '' } = statusOf(object);
      if (error !== stuck.error || seen.pods.length > 0) stuck = { error, since: performance.now() };
      if (error !== '' && performance.now() - stuck.since > STUCK)
        throw await notStable(`the operator has said for ${formatDuration(STUCK)}: ${error}`);
      const line = `The site is ${seen.state}; pods: ${seen.pods.map(describePod).join(', ') || 'none yet'}`;
      if (line !== told) ctx.progress(`${line} (${formatDuration(performance.now() - started)})`);
      told = line;
      return isStable(object) || undefined;
    },
    { timeout: PATIENCE, interval: seconds(1), signal },
  );
  if (!stable) throw await notStable(`not stable after ${formatDuration(PATIENCE)}`);

  async function notStable(why: string): Promise<DrillError> {
    const { namespace } = site;
    const [pod] = seen.pods.filter((one) => one.states.some(({ ready }) => !ready));
    const container = pod?.states.find(({ ready }) => !ready)?.name ?? '';
    const tail = (previous: boolean) =>
      pod === undefined
        ? Promise.resolve('')
        : cluster.logTail({ namespace, name: pod.name, container }, { lines: 8, previous, signal });
    const log = (await tail(false)) || (await tail(true));
    return new DrillError('APPLICATION_NOT_HEALTHY', `the restored site does not come up: ${why}`, {
      details: {
        site: seen.state,
        pods: seen.pods.map(describePod).join(', ') || 'none',
        events: (await lastEvents(namespace)).join('\n       ') || 'none',
        log: log.trimEnd().replaceAll('\n', '\n       ') || 'none',
      },
      hint: `\`kubectl -n ${namespace} describe pods\` tells more, until the drill is undone.`,
    });
  }

  async function lastEvents(namespace: string): Promise<readonly string[]> {
    const events = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace }, { signal });
    return events
      .filter(({ type }) => type === 'Warning')
      .map((event) => event as unknown as ClusterEvent)
      .toSorted((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? ''))
      .slice(-5)
      .map(
        ({ reason, message, involvedObject }) =>
          `${involvedObject.kind} ${involvedObject.name}: ${reason}: ${message}`,
      );
  }
}

interface ClusterEvent {
  readonly reason: string;
  readonly message: string;
  readonly lastTimestamp: string | null;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

interface SiteStatus {
  readonly state?: string;
  readonly error?: string;
  readonly observedGeneration?: number;
  readonly updatedReplicas?: number;
}

function statusOf(object: KubernetesObject | undefined): SiteStatus {
  return (object?.['status'] ?? {}) as SiteStatus;
}

/** As the operator tells it: https://github.com/mattermost/mattermost-operator, apis/mattermost/v1beta1. */
export function isStable(object: KubernetesObject | undefined): boolean {
  const { state, error = '', observedGeneration, updatedReplicas } = statusOf(object);
  const { generation } = (object?.metadata ?? {}) as { generation?: number };
  const { replicas } = (object?.['spec'] ?? {}) as { replicas?: number };
  return (
    state === 'stable' && error === '' && observedGeneration === generation && updatedReplicas === replicas
  );
}

function describeState(object: KubernetesObject | undefined): string {
  if (object === undefined) return 'gone';
  const { state, error } = statusOf(object);
  return [state ?? 'not seen by the operator', error].filter(Boolean).join(': ');
}

function describePod({ name, phase, states, unscheduled }: SitePod): string {
  const waiting = states.map((state) => state.waiting).filter(Boolean);
  return `${name} ${[phase, unscheduled, ...waiting].filter(Boolean).join(', ')}`;
}

/** Why waiting longer would not help; undefined: it may. */
function whyHopeless({ name, states }: SitePod): string | undefined {
  const broken = states.find(
    ({ waiting, restarts }) =>
      /^(?:ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError)/.test(waiting) ||
      (waiting.startsWith('CrashLoopBackOff') && restarts >= HOPELESS_RESTARTS),
  );
  return broken && `container ${broken.name} of ${name}: ${broken.waiting}`;
}
