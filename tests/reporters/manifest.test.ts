import { appendFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyManifest, writeManifest } from '../../reporters/manifest.ts';
import { openGoldenRun, type GoldenRun } from './golden-run.ts';

describe('the manifest', () => {
  let run: GoldenRun;
  const at = (file: string) => path.join(run.runDir, file);
  beforeEach(async () => {
    run = await openGoldenRun('passed-rehearsal');
    await writeManifest(run.runDir);
  });
  afterEach(() => run[Symbol.asyncDispose]());

  it('finds nothing in a run as it was written', async () => {
    expect(await verifyManifest(run.runDir)).toEqual({ files: 3, problems: [] });
  });

  it('finds a file that was altered without changing its size', async () => {
    await writeFile(at('steps/06-check-login/first-message.txt'), 'came back after 341ms\n');
    expect((await verifyManifest(run.runDir)).problems).toEqual([
      { file: 'steps/06-check-login/first-message.txt', what: 'has other content' },
    ]);
  });

  it('finds a file that grew', async () => {
    await appendFile(at('run.json'), 'x');
    expect((await verifyManifest(run.runDir)).problems).toEqual([
      { file: 'run.json', what: 'has 4 bytes instead of 3' },
    ]);
  });

  it('finds a file that is missing', async () => {
    await rm(at('journal.jsonl'));
    expect((await verifyManifest(run.runDir)).problems).toEqual([
      { file: 'journal.jsonl', what: 'is missing' },
    ]);
  });

  it('finds a file that was added', async () => {
    await writeFile(at('steps/new.txt'), 'later');
    expect((await verifyManifest(run.runDir)).problems).toEqual([
      { file: 'steps/new.txt', what: 'was added' },
    ]);
  });

  it('is no manifest of a run that has none', async () => {
    await rm(at('manifest.json'));
    await expect(verifyManifest(run.runDir)).rejects.toThrow();
  });
});
