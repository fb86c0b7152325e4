import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import type { Readable, Writable } from 'node:stream';
import { requireTool } from '../../support/tools.ts';

export interface ArchiveReading {
  /** The archive as SQL. */
  readonly sql: Readable;
  /** Settles when pg_restore has ended: what it complained of, or nothing. */
  readonly complaint: Promise<string | undefined>;
}

/**
 * Has pg_restore turn an archive that is streamed in into SQL that is streamed out: nothing touches the disk, and
 * rows never become part of a log. Destroy `sql` to end it early.
 */
export async function readArchive(
  archive: Readable,
  args: readonly string[] = [],
  signal?: AbortSignal,
): Promise<ArchiveReading> {
  const command = await requireTool('pg_restore');
  const child = spawn(command, [...args, '--file=-'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
    signal,
  });
  // Ended by the signal, or never started: `close` follows, and the exit code tells.
  child.on('error', () => {});
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, 20_000)));
  let sourceError: unknown;
  // A broken pipe only means that pg_restore has seen enough, or has ended with an error that it tells itself.
  child.stdin.on('error', () => {});
  feed(archive, child.stdin).catch((error: unknown) => {
    sourceError = error;
    child.stdin.end();
  });
  child.stdout.once('close', () => void (child.exitCode === null && child.kill()));
  const complaint = (async () => {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null];
    if (sourceError !== undefined) throw sourceError;
    if (code === 0 || (killedBy !== null && child.stdout.destroyed && said === '')) return undefined;
    return said.trim() || `pg_restore ended with ${killedBy ?? `exit code ${code}`}`;
  })();
  complaint.catch(() => {});
  return { sql: child.stdout, complaint };
}

async function feed(source: Readable, sink: Writable): Promise<void> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    if (sink.destroyed) return;
    if (!sink.write(chunk)) await drained(sink);
  }
  sink.end();
}

/** Resolves when there is room again, or never will be. */
async function drained(sink: Writable): Promise<void> {
  // Whichever comes second must not be listened for until the end: a large dump waits thousands of times.
  const enough = new AbortController();
  const { signal } = enough;
  // `once` rejects on an error: then it is destroyed, and that is all there is to know.
  await Promise.race([once(sink, 'drain', { signal }), once(sink, 'close', { signal })]).catch(() => {});
  enough.abort();
}

/** The same of an archive in a folder, for answers that are small: lists and schemas. */
export async function readArchiveFolder(
  folder: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<{ output: Buffer; complaint: string | undefined }> {
  const child = spawn(await requireTool('pg_restore'), [...args, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
    signal,
  });
  const [output, said, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return {
    output,
    complaint: code === 0 ? undefined : said.trim() || `pg_restore ended with exit code ${code}`,
  };
}
