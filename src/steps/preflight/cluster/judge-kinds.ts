import type { Check } from '../../../model/check.ts';
import { DrillError } from '../../../model/errors.ts';
import type { CallOptions, Cluster } from '../../../providers/cluster/index.ts';
import { someOf } from '../../../support/some-of.ts';
import { fullName, type KubernetesObject } from '../../../support/velero-tarball.ts';
import { siteRef } from '../../cluster/site-pods.ts';
import { whyLeftOut } from '../../restore/cluster/left-out.ts';

/**
 * The check `cluster.kinds`: what is to be restored of a namespace is of kinds that the cluster serves, in the versions
 * that they were saved in. Rejects with CLUSTER_NOT_READY for a site of the operator's older group.
 */
export async function judgeKinds(
  cluster: Pick<Cluster, 'hasKind'>,
  objects: readonly KubernetesObject[],
  namespace: string,
  options: CallOptions,
): Promise<Check> {
  const within = objects.filter(({ metadata }) => metadata.namespace === namespace);
  refuseOlderGroup(within);
  const restored = within.filter((object) => whyLeftOut(object) === undefined);
  const kinds = new Map(restored.map((object) => [titleOfKind(object), object]));
  const absent: string[] = [];
  for (const [title, kind] of kinds) if (!(await cluster.hasKind(kind, options))) absent.push(title);
  const check = {
    id: 'cluster.kinds',
    claim: 'The cluster serves every kind of object that is to be restored',
    expected: `${kinds.size} kinds, each in the version that it was saved in`,
  };
  if (absent.length === 0) return { ...check, verdict: 'passed', seen: 'all of them' };
  const lost = restored.filter((object) => absent.includes(titleOfKind(object)));
  return {
    ...check,
    verdict: 'missed',
    seen: `not served: ${absent.join(', ')}; so ${someOf(lost.map((one) => `${one.kind} ${fullName(one)}`))} cannot be restored`,
    code: 'KIND_NOT_SERVED',
    hint: 'Install the definition, or a version of Kubernetes that still serves it: `kubectl api-resources`. Velero leaves such objects out.',
  };
}

function titleOfKind({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): string {
  return `${kind} of ${apiVersion}`;
}

function refuseOlderGroup(within: readonly KubernetesObject[]): void {
  const older = within.find(({ kind }) => kind === 'ClusterInstallation');
  if (older === undefined) return;
  const { apiVersion, kind } = siteRef({ namespace: '', name: '' });
  throw new DrillError(
    'CLUSTER_NOT_READY',
    `the backup has the site as ${titleOfKind(older)}, and a drill into a cluster needs a ${titleOfKind({ apiVersion, kind })}`,
    {
      hint: 'Migrate the site (spec.migrate of its ClusterInstallation) and take a backup, or use scratch.kind "local".',
    },
  );
}
