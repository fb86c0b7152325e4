import type { Client } from 'pg';
import type { Check } from '../../../model/check.ts';

/**
 * What a finding means. `fail`: a relation is broken, one row is too many. `warn`: a site in daily use may have a few
 * (permanent deletions, retention), and more than `tolerance` are too many. `tail`: rows are missing, at the end or in
 * the middle; one is too many.
 */
export type Level = 'fail' | 'warn' | 'tail';

export interface Tolerance {
  readonly rows: number;
  /** Of the rows of the table `among`. The larger of both counts. */
  readonly share: number;
}

/** One relation of the restored data that has to hold. */
export interface Question {
  /** `audit.posts-without-channel` */
  readonly id: string;
  readonly level: Level;
  readonly claim: string;
  /** A SELECT with one text column: the ids of the rows for which the claim does not hold. `$1` is the outage in ms. */
  readonly offenders: string;
  /** The table that the offenders are rows of. */
  readonly among: string;
  /** Only for `warn`. */
  readonly tolerance?: Tolerance;
  /** What somebody who works on the restored site would notice. */
  readonly userNotices: string;
  /** What a miss is called, where its level does not say it well enough. */
  readonly code?: string;
}

/** Few enough to be the traces of deletions that Mattermost itself leaves. */
export const A_FEW: Tolerance = { rows: 5, share: 0.001 };

export interface Answer {
  readonly question: Question;
  /** Undefined when the question could not be put. */
  readonly offenders: number | undefined;
  readonly tolerated: number;
  /** Ids only, never contents. */
  readonly examples: readonly string[];
  readonly problem?: string;
}

/** Puts a question to the database. What cannot be asked (a table is not there) is an answer, too. */
export async function ask(client: Client, question: Question, outageAt: Date): Promise<Answer> {
  const { offenders, among, tolerance } = question;
  try {
    // The WHERE gives $1 a type for the many questions that do not need it.
    const { rows } = await client.query<{ found: number; examples: string[] | null }>(
      `SELECT count(*)::float8 AS found, (array_agg(id ORDER BY id))[1:5] AS examples
         FROM (${offenders}) AS offenders(id) WHERE $1::float8 IS NOT NULL`,
      [outageAt.getTime()],
    );
    const { found = 0, examples } = rows[0] ?? {};
    const tolerated = tolerance && found > 0 ? await howManyAreTolerated(client, among, tolerance) : 0;
    return { question, offenders: found, tolerated, examples: examples ?? [] };
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    return { question, offenders: undefined, tolerated: 0, examples: [], problem: error.message };
  }
}

/**
 * Whether a query failed at what came back: 42P01 undefined table, 42703 undefined column, 22… and 23… values, XX… damage;
 * or 0A000, at a server that was built without XML.
 */
export function isFaultOfData(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^(42P01|42703|0A000|22|23|XX)/.test(error.code)
  );
}

async function howManyAreTolerated(
  client: Client,
  among: string,
  { rows, share }: Tolerance,
): Promise<number> {
  const counted = await client.query<{ n: number }>(`SELECT count(*)::float8 AS n FROM ${among}`);
  return Math.max(rows, Math.floor((counted.rows[0]?.n ?? 0) * share));
}

/** The answer as a check. */
export function judge({ question, offenders, tolerated, examples, problem }: Answer): Check {
  const { id, level, claim, among, userNotices, code = CODES[level] } = question;
  const expected = level === 'warn' ? `none, or at most ${tolerated} of ${among}` : 'none';
  if (offenders === undefined) {
    return {
      id,
      claim,
      expected,
      verdict: 'unverified',
      seen: `the question could not be put: ${problem ?? 'no answer'}`,
      code: 'AUDIT_NOT_POSSIBLE',
      hint: 'A table or column that Mattermost needs is not in the restored database; see audit.tables-present.',
    };
  }
  if (offenders === 0) return { id, claim, expected: 'none', verdict: 'passed', seen: 'none' };
  const seen = `${offenders} of ${among}, such as ${examples.join(', ')}`;
  if (offenders <= tolerated) {
    return { id, claim, expected, verdict: 'passed', seen: `${seen}; few enough to be traces of deletions` };
  }
  return {
    id,
    claim,
    expected,
    verdict: 'missed',
    seen,
    code,
    hint: level === 'tail' ? `${userNotices} ${WHY_ROWS_MAY_BE_GONE}` : userNotices,
  };
}

const CODES: Readonly<Record<Level, string>> = {
  fail: 'RELATION_BROKEN',
  warn: 'TOO_MANY_LEFTOVERS',
  tail: 'ROWS_MISSING',
};

const WHY_ROWS_MAY_BE_GONE =
  'Data retention, burn-on-read and permanent deletions leave the same traces: where these are used, compare with production at the time of the backup.';
