import { mergePatch, type MergePatch } from '../../../support/merge-patch.ts';
import { titleOf, type KubernetesObject, type Tarball } from '../../../support/velero-tarball.ts';
import { whyLeftOut } from './left-out.ts';
import { patchFor, type Holding } from './patches.ts';

/** One object that Velero is told to change while it restores it. */
export interface Modification {
  /** `deployments.apps` */
  readonly resource: string;
  readonly name: string;
  readonly patch: MergePatch;
}

/** What a restore is to make of a tarball. */
export interface ClusterPlan {
  /** The objects as they have to stand in the scratch namespace afterwards. */
  readonly expected: readonly KubernetesObject[];
  readonly modifications: readonly Modification[];
  /** Resources that Velero is told to leave alone: `pods`. */
  readonly excluded: readonly string[];
  /** What is not restored, or does not stay, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
}

export interface PlanOptions extends Holding {
  /** Where the site was. */
  readonly namespace: string;
  /** Where its copy is to be. */
  readonly scratch: string;
}

/** Pure: what to restore of these objects, how they are changed on the way in, and how they then must be. */
export function planRestore({ objects, resources }: Tarball, options: PlanOptions): ClusterPlan {
  const { namespace, scratch } = options;
  const within = objects.filter(({ metadata }) => metadata.namespace === namespace);
  const resourceOf = ({ apiVersion, kind }: KubernetesObject) => resources[`${apiVersion}/${kind}`] ?? kind;
  const move = (object: KubernetesObject) => moved(object, namespace, scratch);
  const restored = within.filter((object) => whyLeftOut(object) === undefined);
  const leftOut = within.filter((object) => whyLeftOut(object) !== undefined);
  const kinds = new Set(restored.map(resourceOf));
  const patches = new Map(within.map((object) => [object, patchFor(object, options)]));
  return {
    expected: restored.map((object) =>
      move(mergePatch(object, patches.get(object) ?? {}) as KubernetesObject),
    ),
    // Velero leaves out whole kinds: of the others, what has an owner comes too, and must not start either.
    modifications: within.flatMap((object) => {
      const patch = patches.get(object);
      const resource = resourceOf(object);
      return patch && kinds.has(resource) ? [{ resource, name: object.metadata.name, patch }] : [];
    }),
    excluded: [...new Set(leftOut.map(resourceOf))].filter((resource) => !kinds.has(resource)).toSorted(),
    leftOut: Object.fromEntries(leftOut.map((object) => [titleOf(move(object)), whyLeftOut(object) ?? ''])),
  };
}

/** Velero's namespace mapping moves the subjects of role bindings along with the object itself. */
function moved(object: KubernetesObject, from: string, to: string): KubernetesObject {
  const { metadata, subjects } = object;
  return {
    ...object,
    metadata: { ...metadata, namespace: to },
    ...(Array.isArray(subjects) && {
      subjects: subjects.map((subject: Readonly<Record<string, unknown>>) =>
        subject['namespace'] === from ? { ...subject, namespace: to } : subject,
      ),
    }),
  };
}
