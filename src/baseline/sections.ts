import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { DrillError } from '../model/errors.ts';
import { sha256Of } from '../support/sha256-of.ts';
import { sectionFile, type SectionEntry, type SectionName } from './format.ts';

/** Writes records that come in pages into a section's file in a folder. */
export async function writeSection(
  folder: string,
  name: SectionName,
  pages: AsyncIterable<readonly object[]>,
): Promise<SectionEntry> {
  const file = path.join(folder, sectionFile(name));
  let records = 0;
  async function* lines() {
    for await (const page of pages) {
      records += page.length;
      yield page.map((record) => `${JSON.stringify(record)}\n`).join('');
    }
  }
  await pipeline(lines, createGzip(), createWriteStream(file, { mode: 0o600 }));
  return { sha256: await sha256Of(createReadStream(file)), bytes: (await stat(file)).size, records };
}

/**
 * The records of a section, one after the other. Rejects at its end with EVIDENCE_ALTERED when it is not the one that
 * the signed manifest names, and with the signal's reason when that aborts: what was not read to its end is no forgery.
 */
export async function* readSection(
  body: Readable,
  name: SectionName,
  { sha256, records }: SectionEntry,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const hash = createHash('sha256');
  body.on('data', (chunk: Buffer) => hash.update(chunk));
  const gunzip = createGunzip();
  const failed = pipeline(body, gunzip).then(
    () => undefined,
    (error: unknown) => error,
  );
  let seen = 0;
  try {
    for await (const line of createInterface({ input: gunzip, crlfDelay: Infinity })) {
      seen += 1;
      yield JSON.parse(line);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DrillError) throw error;
    throw altered(name, error);
  } finally {
    body.destroy();
  }
  const failure = await failed;
  signal.throwIfAborted();
  if (failure instanceof DrillError) throw failure;
  if (failure !== undefined || hash.digest('hex') !== sha256 || seen !== records)
    throw altered(name, failure);
}

function altered(name: SectionName, cause: unknown): DrillError {
  return new DrillError(
    'EVIDENCE_ALTERED',
    `${sectionFile(name)} of the baseline is not the one that was signed`,
    { cause, hint: 'Find out who can write to the archive, and take a new baseline.' },
  );
}
