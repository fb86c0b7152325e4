import type { Client } from 'pg';
import type { Check } from '../../../model/check.ts';
import { formatDuration, minutes, type Milliseconds } from '../../../model/duration.ts';

/** What the restored data says about how much was lost. */
export interface Newest {
  /** Milliseconds since 1970; undefined when there is no message at all. */
  readonly messageAt: number | undefined;
  readonly fileAt: number | undefined;
}

/** Clocks of application servers differ a little; later than this cannot be from before the outage. */
const CLOCK_TOLERANCE: Milliseconds = minutes(1);

/** The newest message and file from before the outage. An earlier text of an edited message is no message. */
export async function readNewest(client: Client, outageAt: Date): Promise<Newest> {
  const { rows } = await client.query<{ message: number | null; file: number | null }>(
    `SELECT (SELECT max(createat)::float8 FROM posts
              WHERE coalesce(originalid, '') = '' AND createat <= $1::float8) AS message,
            (SELECT max(createat)::float8 FROM fileinfo WHERE createat <= $1::float8) AS file`,
    [outageAt.getTime() + CLOCK_TOLERANCE],
  );
  return { messageAt: rows[0]?.message ?? undefined, fileAt: rows[0]?.file ?? undefined };
}

/** RPO, measured in the data: the outage minus the newest message that came back. */
export function judgeMessages({ messageAt }: Newest, outageAt: Date, rpo: Milliseconds): Check {
  const check = {
    id: 'rpo.messages',
    claim: 'The newest message that came back is no older, at the outage, than the RPO',
    expected: `at most ${formatDuration(rpo)} before the outage at ${outageAt.toISOString()}`,
  };
  if (messageAt === undefined) {
    return {
      ...check,
      verdict: 'missed',
      seen: 'no message from before the outage came back',
      code: 'NO_MESSAGES',
      hint: 'The dump holds no messages, or the moment of the outage was given wrongly.',
    };
  }
  const lost = Math.max(0, outageAt.getTime() - messageAt);
  const metric = {
    key: 'rpo_seconds',
    value: lost / 1000,
    unit: 's',
    limit: rpo / 1000,
    better: 'lower' as const,
  };
  const seen = `${formatDuration(lost)} before the outage (${new Date(messageAt).toISOString()})`;
  if (lost <= rpo) return { ...check, verdict: 'passed', seen, metric };
  return {
    ...check,
    verdict: 'missed',
    seen,
    metric,
    code: 'RPO_MISSED',
    hint: 'Back up more often. A site where nobody wrote looks worse than it is: a canary writer (`muster canary`) tells the two apart.',
  };
}

export interface FilesLoss extends Newest {
  /** When the older of the backups of database and files was taken. */
  readonly takenAt: Date;
  /** Whether the object of the newest file that the database knows came back. */
  readonly newestIsThere: boolean | undefined;
}

/**
 * The same for files. People send them more rarely than messages, so up to the moment when the backups were taken,
 * nothing newer says that there was nothing newer.
 */
export function judgeFiles(loss: FilesLoss, outageAt: Date, rpo: Milliseconds): Check {
  const { fileAt, takenAt, newestIsThere } = loss;
  const check = {
    id: 'rpo.files',
    claim: 'Files came back up to a moment that is no older, at the outage, than the RPO',
    expected: `up to at most ${formatDuration(rpo)} before the outage, and the newest known file is there`,
  };
  const takenBefore = takenAt <= outageAt ? takenAt.getTime() : undefined;
  const reached = Math.max(takenBefore ?? 0, fileAt ?? 0);
  const newest =
    fileAt === undefined ? 'the database knows no file' : `newest file ${new Date(fileAt).toISOString()}`;
  if (newestIsThere === false) {
    return {
      ...check,
      verdict: 'missed',
      seen: `${newest}, and its object did not come back`,
      code: 'NEWEST_FILE_MISSING',
      hint: 'The files were backed up before the database. Back up the database first, then the files.',
    };
  }
  if (reached === 0) {
    return {
      ...check,
      verdict: 'unverified',
      seen: `${newest}, and the backups say they were taken after the outage`,
      code: 'FILES_AGE_UNKNOWN',
      hint: 'Check the moment of the outage, and whether the backup keeps its own time in its name or manifest.',
    };
  }
  const lost = Math.max(0, outageAt.getTime() - reached);
  const metric = {
    key: 'rpo_files_seconds',
    value: lost / 1000,
    unit: 's',
    limit: rpo / 1000,
    better: 'lower' as const,
  };
  const until = `${formatDuration(lost)} before the outage`;
  const seen =
    takenBefore === undefined || reached === fileAt
      ? `${newest}, ${until}`
      : `${newest}; complete up to the backup, ${until}`;
  if (lost <= rpo) return { ...check, verdict: 'passed', seen, metric };
  if (takenBefore === undefined) {
    return {
      ...check,
      verdict: 'unverified',
      seen: `${seen}; the backups say they were taken after the outage`,
    };
  }
  return {
    ...check,
    verdict: 'missed',
    seen,
    metric,
    code: 'RPO_MISSED',
    hint: 'Back up the file store more often, or replicate it.',
  };
}
