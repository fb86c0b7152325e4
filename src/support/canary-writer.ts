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
  /** The post's id at the site; null when the site did not say that it took it. */
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
 * number is not used again. Rejects with USAGE_INVALID or APPLICATION_NOT_HEALTHY before the first post, and later only
 * when the record cannot be kept.
 */
export async function writeCanaries(options: CanaryOptions): Promise<void> {
  const { url, token, interval, record, signal, connection = {}, onPost, onFailure } = options;
  const call = { ...connection, headers: { Authorization: `Bearer ${token}` } };
  const channelId = await findChannel(options, { ...call, signal });
  if (channelId === undefined) return;
  let number = await continueRecord(record);
  while (!signal.aborted) {
    const begun = performance.now();
    const id = randomUUID();
    const message = `canary ${String(++number).padStart(6, '0')} ${id}`;
    // Goes to its end when we are told to stop: cut off, nobody would know whether the site has it.
    const postId = await httpsPost(
      new URL('/api/v4/posts', url),
      { channel_id: channelId, message },
      call,
    ).then(
      ({ status, body }) =>
        status === 201 ? (idIn(body) ?? fail('HTTP 201 without the id of a post')) : fail(`HTTP ${status}`),
      (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
    );
    const line: CanaryLine = { number, id, postId, at: new Date().toISOString() };
    await keeping(record, () => appendFile(record, `${JSON.stringify(line)}\n`));
    if (postId !== null) onPost?.(line);
    await sleep(Math.max(0, interval - (performance.now() - begun)), undefined, { signal }).catch(() => {});
  }

  function fail(reason: string): null {
    onFailure?.(reason);
    return null;
  }
}

/** The channel's id. Undefined when we are told to stop before the site has answered. */
async function findChannel(
  { url, team, channel, signal }: CanaryOptions,
  call: HttpsGetOptions,
): Promise<string | undefined> {
  const where = `/api/v4/teams/name/${encodeURIComponent(team)}/channels/name/${encodeURIComponent(channel)}`;
  const answer = await httpsGet(new URL(where, url), call).catch((cause: unknown) => {
    if (signal.aborted) return undefined;
    throw new DrillError('APPLICATION_NOT_HEALTHY', `cannot reach ${url}`, {
      cause,
      hint: 'Check that the site is up, and give its CA with --ca when its certificate is a private one.',
    });
  });
  if (answer === undefined) return undefined;
  const { status, body } = answer;
  if (status === 200) {
    const id = idIn(body);
    if (id !== undefined) return id;
    throw new DrillError('USAGE_INVALID', `${url} answers, but not as Mattermost does`, {
      hint: 'Check --url: it is the address that people open in their browser.',
    });
  }
  if (status === 401)
    throw new DrillError('USAGE_INVALID', `${url} refuses the token: HTTP 401`, {
      hint: 'Check that it was not revoked, and that its owner was not deactivated.',
    });
  if (status === 403 || status === 404)
    throw new DrillError('USAGE_INVALID', `${url} does not show channel ${team}/${channel}: HTTP ${status}`, {
      hint: "Both are names as in the channel's address; the token's owner has to be a member of the team and the channel.",
    });
  throw new DrillError('APPLICATION_NOT_HEALTHY', `${url} answers HTTP ${status}`, {
    hint: 'Start the canary writer again when the site is up.',
  });
}

function idIn(body: string): string | undefined {
  try {
    const { id } = JSON.parse(body) as { id?: unknown };
    return typeof id === 'string' && id !== '' ? id : undefined;
  } catch {
    return undefined;
  }
}

const BEGINNING = '{"number":';

/**
 * The last number in the record, 0 in a new one. A line that a crash cut short is dropped, or the next would run into
 * it; its message may have been posted, so its number is not used again either. Refuses a file that is no record.
 */
async function continueRecord(record: string): Promise<number> {
  const text = await keeping(record, async () => {
    await mkdir(path.dirname(record), { recursive: true });
    await appendFile(record, '');
    return await readFile(record, 'utf8');
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const cutShort = text.slice(whole.length);
  const last = whole.trimEnd().split('\n').at(-1) ?? '';
  const isRecord =
    last === '' ? BEGINNING.startsWith(cutShort.slice(0, BEGINNING.length)) : numberIn(last) > 0;
  if (!isRecord)
    throw new DrillError('USAGE_INVALID', `${record} is not a record of canaries`, {
      hint: 'Give --record a file of its own. This one was left as it is.',
    });
  if (cutShort !== '') await keeping(record, () => truncate(record, Buffer.byteLength(whole)));
  return Math.max(numberIn(last), numberIn(cutShort));
}

/** 0 when it does not begin as a line of ours does. */
function numberIn(line: string): number {
  return Number(/^\{"number":(\d+),/.exec(line)?.[1] ?? 0);
}

async function keeping<T>(record: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new DrillError('USAGE_INVALID', `cannot keep a record in ${record}`, { cause });
  }
}
