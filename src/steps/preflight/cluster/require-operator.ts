import type { Check } from '../../../model/check.ts';
import { DrillError } from '../../../model/errors.ts';
import type { CallOptions } from '../../../providers/cluster/index.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import { operatorRef, requireOperator } from '../../cluster/hold-operator.ts';
import type { ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { siteRef } from '../../cluster/site-pods.ts';

/**
 * Rejects with CLUSTER_NOT_READY when there is no operator for the scratch namespace, and with SCRATCH_IS_PRODUCTION
 * when it runs another site, too: a drill sets it to zero.
 */
export async function requireScratchOperator(
  { cluster, settings }: ScratchCluster,
  options: CallOptions,
): Promise<Check> {
  const { namespace } = settings;
  const { apiVersion, kind } = siteRef({ namespace, name: '' });
  if (!(await cluster.hasKind({ apiVersion, kind }, options))) {
    throw new DrillError('CLUSTER_NOT_READY', `the cluster knows no ${kind} of ${apiVersion}`, {
      hint: 'Install the Mattermost Operator with its definitions (mattermosts.installation.mattermost.com). The older clusterinstallations.mattermost.com are not restored into a cluster.',
    });
  }
  const operator = await requireOperator(cluster, operatorRef({ settings }), options);
  const watched = watchedNamespaces(operator);
  if (watched.length > 0 && !watched.includes(namespace)) {
    throw new DrillError(
      'CLUSTER_NOT_READY',
      `the operator watches ${watched.join(', ')}, and not ${namespace}`,
      {
        hint: 'Give scratch.namespace the name of one that it watches, or let it watch all (WATCH_NAMESPACE).',
      },
    );
  }
  const sites = [{ apiVersion, kind }, OLDER];
  const lists = sites.map(async (one) =>
    (await cluster.hasKind(one, options)) ? cluster.list(one, options) : [],
  );
  const others = (await Promise.all(lists))
    .flat()
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  if (others.length > 0) {
    throw new DrillError(
      'SCRATCH_IS_PRODUCTION',
      `${others.length} sites live in the cluster: ${others.join(', ')}`,
      {
        hint: 'Nothing was touched. A drill sets the operator to zero: use a cluster of the drill’s own.',
      },
    );
  }
  return {
    id: 'cluster.operator',
    claim: 'The cluster has a Mattermost Operator for the scratch, and no other site',
    verdict: 'passed',
    expected: `one that watches ${namespace}`,
    seen: `${operator.metadata.namespace}/${operator.metadata.name} watches ${watched.join(', ') || 'all namespaces'}`,
  };
}

/** The same operator looks after these, and would be gone for them, too. */
const OLDER = { apiVersion: 'mattermost.com/v1alpha1', kind: 'ClusterInstallation' };

/** Empty: all. */
function watchedNamespaces(operator: KubernetesObject): readonly string[] {
  const { template } = operator['spec'] as { template: { spec: { containers: readonly Watching[] } } };
  const value = template.spec.containers
    .flatMap(({ env = [] }) => env)
    .find(({ name }) => name === 'WATCH_NAMESPACE')?.value;
  return (value ?? '').split(',').filter(Boolean);
}

interface Watching {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}
