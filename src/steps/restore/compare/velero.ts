import type { Baseline } from '../../../baseline/find-baseline.ts';
import { readVelero } from '../../../baseline/read-velero.ts';
import type { Check } from '../../../model/check.ts';
import type { Config } from '../../../model/config.ts';
import type { StepContext } from '../../../model/drill.ts';
import { DrillError } from '../../../model/errors.ts';
import { someOf } from '../../../support/some-of.ts';
import { openVeleroStore } from '../../backups/open-stores.ts';
import { comparison } from './comparison.ts';

/** Nobody else notices when an object in the tarball was changed: Velero keeps no hash of it. */
export async function compareVelero(
  ctx: StepContext,
  { manifest }: Baseline,
  settings: NonNullable<Config['backups']['velero']>,
): Promise<Check> {
  const { velero: before } = manifest;
  const backup = ctx.get('backups').velero;
  const check = {
    ...comparison('velero'),
    expected: before === null ? 'its hashes' : `${before.name}, unchanged`,
  };
  if (before === null || before.name !== backup?.name)
    return {
      ...check,
      verdict: 'unverified',
      seen: `${backup?.name ?? 'none'} is restored; the baseline saw ${before?.name ?? 'none'}`,
      code: 'BASELINE_OF_OTHER_MOMENT',
      hint: 'Take the baseline after Velero’s backup, so that it sees the one that would be restored.',
    };
  await using store = await openVeleroStore(ctx);
  const { signal } = ctx;
  const after = await readVelero(store, backup.name, { ...settings, signal }).catch((error: unknown) => {
    if (error instanceof DrillError && ['BACKUP_UNREADABLE', 'BACKUP_MISSING'].includes(error.code))
      return error;
    throw error;
  });
  if (!(after instanceof DrillError) && after.tarball.sha256 === before.tarball.sha256)
    return {
      ...check,
      verdict: 'passed',
      seen: `SHA-256 ${before.tarball.sha256}, ${Object.keys(before.objects).length} objects`,
    };
  return {
    ...check,
    verdict: 'missed',
    seen: after instanceof DrillError ? after.message : describe(before.objects, after.objects),
    code: 'VELERO_DIFFERS',
    hint: 'The tarball in the bucket is not the one that Velero wrote: see who may write there, and its older versions.',
  };
}

type Objects = Readonly<Record<string, string>>;

function describe(before: Objects, after: Objects): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  const changed = names
    .filter((name) => before[name] !== after[name])
    .map(
      (name) =>
        `${name} ${after[name] === undefined ? 'is gone' : before[name] === undefined ? 'was added' : 'was changed'}`,
    );
  return changed.length === 0
    ? 'another tarball with the same objects'
    : `another tarball: ${someOf(changed)}`;
}
