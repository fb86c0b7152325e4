import type { KubernetesConfig } from '../../model/config.ts';
import type { Resource, StepContext } from '../../model/drill.ts';
import { openCluster, type Cluster } from '../../providers/cluster/index.ts';
import type { KubernetesObject } from '../../support/velero-tarball.ts';
import { openVelero, type Velero } from '../../providers/cluster/velero.ts';

/** The cluster that the site is restored into. */
export interface ScratchCluster {
  readonly cluster: Cluster;
  readonly velero: Velero;
  readonly settings: KubernetesConfig;
}

/** Undefined where the scratch is this machine. */
export async function findScratchCluster({
  config: { scratch },
}: Pick<StepContext, 'config'>): Promise<ScratchCluster | undefined> {
  if (scratch.kind !== 'kubernetes') return undefined;
  const cluster = await openCluster(scratch);
  return { cluster, velero: openVelero(cluster, scratch.velero.namespace), settings: scratch };
}

/** What objects of this run are called where they need a name of their own: its Restore, its ConfigMap of modifiers. */
export function runName({ runId }: Pick<StepContext, 'runId'>): string {
  return `muster-${runId.toLowerCase()}`;
}

/** On every object that a run makes: whoever finds one knows whose it is. */
export function runLabels(ctx: Pick<StepContext, 'runId'>): Readonly<Record<string, string>> {
  return { [RUN_LABEL]: ctx.runId };
}
export const RUN_LABEL = 'muster/run';

/** Whether the scratch namespace is there, was made by this run, and is not on its way out already. */
export async function ownsNamespace(
  { runId }: Pick<StepContext, 'runId'>,
  { cluster, settings: { namespace } }: ScratchCluster,
): Promise<boolean> {
  const found = await cluster.read({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  const { labels, deletionTimestamp } = (found?.metadata ?? {}) as Partial<
    KubernetesObject['metadata'] & { deletionTimestamp: string }
  >;
  return labels?.[RUN_LABEL] === runId && deletionTimestamp === undefined;
}

/** How the journal names an object of the cluster. */
export function objectResource(kind: string, name: string, namespace?: string): Resource {
  return { kind: 'kubernetes', name: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}` };
}
