import type { Client } from 'pg';
import type { Check } from '../../../model/check.ts';
import { formatDuration, minutes, type Milliseconds } from '../../../model/duration.ts';
import type { CanaryRecord } from './canary-record.ts';

/** A numbered message that the canary writer posted and that came back. */
export interface Canary {
  readonly postId: string;
  readonly number: number;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createAt: number;
}

export interface CanarySettings {
  readonly team: string;
  readonly channel: string;
  readonly interval: Milliseconds;
}

/** The text of a canary: `canary 000286 16f273b3-e617-4c89-9aae-e99a5d844757`. */
const CANARY_TEXT = '^canary ([0-9]+) ([0-9A-Za-z-]+)$';

/** All canaries that came back from before the outage, by number. */
export async function readCanaries(
  client: Client,
  { team, channel }: CanarySettings,
  outageAt: Date,
): Promise<readonly Canary[]> {
  const { rows } = await client.query<Canary>(
    `SELECT p.id AS "postId", text[1]::int AS number, text[2] AS id, p.createat::float8 AS "createAt"
       FROM posts p
       JOIN channels c ON c.id = p.channelid AND c.name = $2
       JOIN teams t ON t.id = c.teamid AND t.name = $1
      CROSS JOIN LATERAL regexp_match(p.message, '${CANARY_TEXT}') AS text
      WHERE coalesce(p.originalid, '') = '' AND text IS NOT NULL AND p.createat <= $3::float8
      ORDER BY number, p.createat`,
    [team, channel, outageAt.getTime() + minutes(1)],
  );
  return rows;
}

export interface CanaryCase {
  readonly settings: CanarySettings;
  readonly canaries: readonly Canary[];
  /** The canary writer's own record; undefined when none is configured. */
  readonly record: CanaryRecord | undefined;
  readonly outageAt: Date;
  /** When the dump was begun; undefined when only the store's clock says so, which is later. */
  readonly dumpedAt: Date | undefined;
  readonly rpo: Milliseconds;
}

/** Holds what came back against what the canary writer wrote down, or estimates where it kept no record. */
export function judgeCanaries(given: CanaryCase): Check {
  return given.record === undefined ? estimate(given) : compare(given, given.record);
}

const ID = 'rpo.canaries';

function compare({ canaries, outageAt, dumpedAt, rpo, settings }: CanaryCase, record: CanaryRecord): Check {
  const check = {
    id: ID,
    claim: 'Of the numbered messages that were sent, only those of the last moments are lost',
    expected: `none lost from before the backup, none older than ${formatDuration(rpo)} at the outage`,
  };
  const written = record.entries.filter(({ at }) => at.getTime() <= outageAt.getTime());
  const sent = written.filter(({ postId }) => postId !== null);
  const silence = outageAt.getTime() - greatest(written.map(({ at }) => at.getTime()));
  if (sent.length === 0 || silence > Math.max(3 * settings.interval, minutes(1))) {
    return {
      ...check,
      verdict: 'unverified',
      seen:
        sent.length === 0
          ? `the record ${record.file} holds nothing from before the outage`
          : `the record ends ${formatDuration(silence)} before the outage`,
      code: 'CANARY_RECORD_STALE',
      hint: `Keep the canary writer running until the outage (it writes every ${formatDuration(settings.interval)}), and its record outside the site.`,
    };
  }
  const back = new Set(canaries.map(({ number, id }) => `${number} ${id}`));
  const newestBack = greatest(canaries.map(({ number }) => number));
  const lost = sent.filter(({ number, id }) => !back.has(`${number} ${id}`));
  const gaps = lost.filter(
    ({ number, at }) => number < newestBack || (dumpedAt !== undefined && at < dumpedAt),
  );
  const oldestLost = lost.reduce((oldest, { at }) => Math.min(oldest, at.getTime()), Infinity);
  const window = lost.length === 0 ? 0 : outageAt.getTime() - oldestLost;
  const metric = {
    key: 'canaries_lost',
    value: lost.length,
    unit: 'messages',
    limit: Math.floor(rpo / settings.interval),
    better: 'lower' as const,
  };
  const seen =
    lost.length === 0
      ? `all ${sent.length} came back`
      : `${lost.length} of ${sent.length} lost, the oldest sent ${formatDuration(window)} before the outage`;
  if (gaps.length > 0) {
    return {
      ...check,
      verdict: 'missed',
      seen: `${seen}; ${gaps.length} from before the backup: ${numbers(gaps)}`,
      metric,
      code: 'CANARY_GAP',
      hint: 'Rows are missing in the middle of the data: this is no matter of how often backups are taken, the backup itself is not whole.',
    };
  }
  if (window > rpo) {
    return {
      ...check,
      verdict: 'missed',
      seen,
      metric,
      code: 'RPO_MISSED',
      hint: 'Back up more often.',
    };
  }
  return { ...check, verdict: 'passed', seen, metric };
}

/** Without a record: what the numbers themselves and the interval tell. */
function estimate({ canaries, outageAt, rpo, settings }: CanaryCase): Check {
  const check = {
    id: ID,
    claim:
      'The numbered messages that came back have no gap and reach the RPO (estimated: no record was kept)',
    expected: `no number left out, the newest at most ${formatDuration(rpo)} before the outage`,
  };
  const newest = greatest(canaries.map(({ createAt }) => createAt));
  if (canaries.length === 0) {
    return {
      ...check,
      verdict: 'missed',
      seen: `no canary in ${settings.team}/${settings.channel}`,
      code: 'NO_CANARY',
      hint: 'Check canary.team and canary.channel, and that `muster canary` runs against the site.',
    };
  }
  const age = Math.max(0, outageAt.getTime() - newest);
  const lost = Math.floor(age / settings.interval);
  const metric = {
    key: 'canaries_lost_estimated',
    value: lost,
    unit: 'messages',
    limit: Math.floor(rpo / settings.interval),
    better: 'lower' as const,
  };
  const present = canaries.map(({ number }) => number);
  const absent = gapsOf(present);
  const seen = `${canaries.length} came back, the newest ${formatDuration(age)} before the outage: about ${lost} lost, at one every ${formatDuration(settings.interval)}`;
  if (absent.length > 0) {
    return {
      ...check,
      verdict: 'missed',
      seen: `${seen}; left out: ${numbers(absent.map((number) => ({ number })))}`,
      metric,
      code: 'CANARY_GAP',
      hint: 'Rows are missing in the middle of the data, or the writer skipped numbers: configure canary.record to tell the two apart.',
    };
  }
  if (age > rpo) {
    return { ...check, verdict: 'missed', seen, metric, code: 'RPO_MISSED', hint: 'Back up more often.' };
  }
  return { ...check, verdict: 'passed', seen, metric };
}

/** A year of canaries is too many arguments for Math.max. */
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

function gapsOf(present: readonly number[]): number[] {
  const sorted = [...new Set(present)].sort((a, b) => a - b);
  return sorted.flatMap((number, i) => {
    const before = sorted[i - 1] ?? number - 1;
    return Array.from({ length: Math.min(number - before - 1, 1000) }, (_, n) => before + 1 + n);
  });
}

function numbers(entries: readonly { readonly number: number }[]): string {
  const shown = entries.slice(0, 5).map(({ number }) => String(number).padStart(6, '0'));
  return `${shown.join(', ')}${entries.length > shown.length ? ` and ${entries.length - shown.length} more` : ''}`;
}
