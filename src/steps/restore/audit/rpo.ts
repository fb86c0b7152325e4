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

export interface FilesLoss {
  /** The newest file that the database knows, and the newest whose object came back; 0 where there is none. */
  readonly newestKnownAt: number;
  readonly newestPresentAt: number;
  /** The moment up to which the restored database knows everything. */
  readonly databaseReaches: number;
}

/**
 * The same for files. People send them more rarely than messages: when every file that the database knows is there, the
 * files reach as far as the database does.
 */
export function judgeFiles(loss: FilesLoss, outageAt: Date, rpo: Milliseconds): Check {
  const { newestKnownAt, newestPresentAt, databaseReaches } = loss;
  const lags = newestKnownAt > newestPresentAt;
  const reached = lags ? newestPresentAt : Math.max(newestPresentAt, databaseReaches);
  const lost = Math.max(0, outageAt.getTime() - reached);
  const newest = newestKnownAt === 0 ? 'the database knows no file' : `newest file ${isoOf(newestKnownAt)}`;
  const check = {
    id: 'rpo.files',
    claim: 'Files came back up to a moment that is no older, at the outage, than the RPO',
    expected: `up to at most ${formatDuration(rpo)} before the outage, and the newest known file is there`,
    metric: {
      key: 'rpo_files_seconds',
      value: lost / 1000,
      unit: 's',
      limit: rpo / 1000,
      better: 'lower' as const,
    },
  };
  if (lags) {
    return {
      ...check,
      verdict: 'missed',
      seen: `${newest}; the newest that came back is ${newestPresentAt === 0 ? 'none' : isoOf(newestPresentAt)}`,
      code: 'NEWEST_FILE_MISSING',
      hint: 'The files were backed up before the database. Back up the database first, then the files.',
    };
  }
  const seen = `${newest}; complete up to ${formatDuration(lost)} before the outage`;
  if (lost <= rpo) return { ...check, verdict: 'passed', seen };
  return {
    ...check,
    verdict: 'missed',
    seen,
    code: 'RPO_MISSED',
    hint: 'Back up more often: files can reach no further than the database that knows them.',
  };
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
