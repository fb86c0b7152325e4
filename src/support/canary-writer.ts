import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Milliseconds } from '../model/duration.ts';
import { DrillError } from '../model/errors.ts';
import { httpsGet, httpsPost, type HttpsGetOptions } from './https-get.ts';

/** A line of the canary writer's record: JSON Lines, kept outside the site. */
export interface CanaryLine {
  readonly number: number;
  readonly id: string;
  /** The post's id at the site; null when the site did not take it. */
  readonly postId: string | null;
  /** ISO 8601, UTC: when the site said that it had it, or when it did not. */
  readonly at: string;
}

export interface CanaryOptions {
  readonly url: string;
  /** Of a bot or user that may post in the channel. */
  readonly token: string;
  readonly team: string;
  readonly channel: string;
  readonly interval: Milliseconds;
  /** Appended to; numbering goes on from its last line. */
  readonly record: string;
  readonly signal: AbortSignal;
  readonly connection?: Pick<HttpsGetOptions, 'ca' | 'lookup'>;
  readonly onPost?: (line: CanaryLine) => void;
  readonly onFailure?: (reason: string) => void;
}

/**
 * Posts numbered messages until it is told to stop. After a disaster the record says exactly which messages were
 * acknowledged, so that each lost one can be named. A post that the site does not take is recorded as such and its
 * number is not used again.
 */
export async function writeCanaries(options: CanaryOptions): Promise<void> {
  const { url, token, interval, record, signal, connection = {}, onPost, onFailure } = options;
  const call = { ...connection, headers: { Authorization: `Bearer ${token}` }, signal };
  await mkdir(path.dirname(record), { recursive: true });
  let number = await continueRecord(record);
  const channelId = await findChannel(options, call);
  while (!signal.aborted) {
    const begun = performance.now();
    const id = randomUUID();
    const message = `canary ${String(++number).padStart(6, '0')} ${id}`;
    const postId = await httpsPost(
      new URL('/api/v4/posts', url),
      { channel_id: channelId, message },
      call,
    ).then(
      ({ status, body }) =>
        status === 201 ? (JSON.parse(body) as { id: string }).id : fail(`HTTP ${status}`),
      (error: unknown) =>
        signal.aborted ? null : fail(error instanceof Error ? error.message : String(error)),
    );
    const line: CanaryLine = { number, id, postId, at: new Date().toISOString() };
    await appendFile(record, `${JSON.stringify(line)}\n`);
    if (postId !== null) onPost?.(line);
    await sleep(Math.max(0, interval - (performance.now() - begun)), undefined, { signal }).catch(() => {});
  }

  function fail(reason: string): null {
    onFailure?.(reason);
    return null;
  }
}

async function findChannel({ url, team, channel }: CanaryOptions, call: HttpsGetOptions): Promise<string> {
  const where = `/api/v4/teams/name/${encodeURIComponent(team)}/channels/name/${encodeURIComponent(channel)}`;
  const { status, body } = await httpsGet(new URL(where, url), call).catch((cause: unknown) => {
    throw new DrillError('APPLICATION_NOT_HEALTHY', `cannot reach ${url}`, {
      cause,
      hint: 'Check that the site is up, and give its CA with --ca when its certificate is a private one.',
    });
  });
  if (status === 200) return (JSON.parse(body) as { id: string }).id;
  throw new DrillError('USAGE_INVALID', `${url} does not show channel ${team}/${channel}: HTTP ${status}`, {
    hint: 'Check the token, and that its owner is a member of the team and the channel.',
  });
}

/** The last number in the record, 0 in a new one. A line that a crash cut short is dropped, or the next would run into it. */
async function continueRecord(record: string): Promise<number> {
  const text = await readFile(record, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await truncate(record, Buffer.byteLength(whole));
  return Math.max(...text.trimEnd().split('\n').slice(-2).map(readNumber));
}

function readNumber(line: string): number {
  try {
    return Number((JSON.parse(line) as CanaryLine).number) || 0;
  } catch {
    // Cut short: its message may have been posted, so its number is not used again either.
    return Number(/^\{"number":(\d+),/.exec(line)?.[1] ?? 0);
  }
}
