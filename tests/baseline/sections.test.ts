import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sectionFile, type SectionEntry } from '../../src/baseline/format.ts';
import { readSection, writeSection } from '../../src/baseline/sections.ts';

const RECORDS = [{ key: 'one' }, { key: 'two' }, { key: 'three' }];

let folder: string;
let bytes: Buffer;
let entry: SectionEntry;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'muster-sections-'));
  entry = await writeSection(
    folder,
    'files',
    (async function* () {
      yield RECORDS;
    })(),
  );
  bytes = await readFile(path.join(folder, sectionFile('files')));
});
afterAll(() => rm(folder, { recursive: true }));

const never = new AbortController().signal;

it('gives back what was written', async () => {
  expect(await collect(Readable.from([bytes]), never)).toEqual(RECORDS);
});

it('says of a body that was cut off that it is not the one that was signed', async () => {
  const half = Readable.from([bytes.subarray(0, bytes.length / 2)]);
  await expect(collect(half, never)).rejects.toMatchObject({ code: 'EVIDENCE_ALTERED' });
});

it('takes a body that an abort has cut off for no forgery', async () => {
  const abort = new AbortController();
  const reason = new Error('the budget is spent');
  const body = Readable.from(
    (async function* () {
      yield bytes.subarray(0, bytes.length / 2);
      abort.abort(reason);
      throw reason;
    })(),
  );
  await expect(collect(body, abort.signal)).rejects.toBe(reason);
});

async function collect(body: Readable, signal: AbortSignal): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const record of readSection(body, 'files', entry, signal)) records.push(record);
  return records;
}
