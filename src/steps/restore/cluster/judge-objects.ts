import type { Check } from '../../../model/check.ts';
import { someOf } from '../../../support/some-of.ts';
import { titleOf, type KubernetesObject } from '../../../support/velero-tarball.ts';
import { holdAgainstTarball, type Fault } from './hold-against-tarball.ts';
import type { ClusterPlan } from './plan-restore.ts';

/** What Velero said of its restore, for people: it is no evidence. */
export interface VeleroWord {
  readonly phase: string;
  readonly warnings: number;
  readonly errors: number;
}

/** The check `restore.objects`: every object of the backup stands in the scratch as it was saved, and nothing else. */
export function judgeObjects(
  { expected, leftOut }: Pick<ClusterPlan, 'expected' | 'leftOut'>,
  found: readonly KubernetesObject[],
  said: VeleroWord,
): Check {
  const faults = holdAgainstTarball(
    expected,
    found.filter((object) => !(titleOf(object) in leftOut)),
  );
  const check = {
    id: 'restore.objects',
    claim: 'Every object of the backup stands in the scratch as it was saved, and no other',
    expected: `${expected.length} objects as in the tarball; ${Object.keys(leftOut).length} left out on purpose`,
  };
  const word = `Velero says ${said.phase}, ${said.warnings} warnings, ${said.errors} errors`;
  // An emptied tarball makes nothing, and nothing is missing of it.
  if (expected.length === 0)
    return {
      ...check,
      verdict: 'missed',
      seen: `the tarball holds nothing that could be restored; ${word}`,
      code: 'OBJECTS_DIFFER',
    };
  if (faults.length === 0)
    return { ...check, verdict: 'passed', seen: `all ${expected.length}, each held by content; ${word}` };
  return {
    ...check,
    verdict: 'missed',
    seen: `${someOf(faults.map(describe))}; ${word}`,
    code: 'OBJECTS_DIFFER',
    hint: 'See the restore’s results in the run folder, and what stood in the namespace before. Velero keeps what it finds there.',
  };
}

function describe({ object, is, paths }: Fault): string {
  if (is === 'missing') return `${object} is missing`;
  if (is === 'not in the backup') return `${object} is not in the backup`;
  return `${object} is not as it was saved, at ${someOf(paths)}`;
}
