import type { Check } from '../../model/check.ts';
import type { Config } from '../../model/config.ts';
import { formatDuration, minutes } from '../../model/duration.ts';
import type { BackupSet } from '../../model/facts.ts';

/** Parts of one backup job follow each other by less. */
const ONE_JOB = minutes(15);

/**
 * How far apart the moments of the backups are, and what that means. Files that are older than the database are the
 * dangerous way round: messages show attachments that nobody has.
 */
export function judgeSkew(
  { database, files, velero }: BackupSet,
  layout: Config['backups']['files']['layout'],
): Check {
  const behind = Date.parse(database.takenAt) - Date.parse(files.takenAt);
  // Of a live copy only its newest file is known, and when somebody sent that says nothing about when it was copied.
  const known = layout === 'dated';
  const check = {
    id: 'backup.skew',
    claim: "Database, files and Velero's backup are of moments that go together",
    expected: `files at most ${formatDuration(ONE_JOB)} older than the database`,
    seen: [
      `database ${database.takenAt}`,
      known
        ? `files ${files.takenAt} (${meaningOf(behind)})`
        : `files are a live copy, the newest of ${files.takenAt}`,
      ...(velero === null
        ? []
        : [
            `Velero ${velero.takenAt} (${rulesOf(Date.parse(database.takenAt) - Date.parse(velero.takenAt))})`,
          ]),
    ].join('; '),
    ...(known && {
      metric: {
        key: 'files_behind_database_seconds',
        value: behind / 1000,
        unit: 's',
        better: 'lower' as const,
      },
    }),
  };
  if (!known || behind <= ONE_JOB) return { ...check, verdict: 'passed' };
  return {
    ...check,
    verdict: 'missed',
    code: 'FILES_OLDER_THAN_DATABASE',
    hint: 'Back up the database first and the files after it: what was uploaded in between is then there, at worst without its message.',
  };
}

function meaningOf(behind: number): string {
  if (behind === 0) return 'of the same moment';
  return behind > 0
    ? `${formatDuration(behind)} older: what was uploaded in between is known and not there`
    : `${formatDuration(-behind)} newer: what was uploaded in between is there without its message, which does no harm`;
}

function rulesOf(behind: number): string {
  if (behind === 0) return 'of the same moment';
  return behind > 0
    ? `${formatDuration(behind)} older: changes of the cluster's objects in between are lost`
    : `${formatDuration(-behind)} newer: its objects may know of a later version than the data`;
}
