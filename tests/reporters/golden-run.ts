import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readJournal } from '../../src/engine/journal.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import type { JournalName } from '../golden/build-journals.ts';

export const GOLDEN = path.join(import.meta.dirname, '../golden');

export function goldenEvents(name: JournalName): JournalEvent[] {
  return readJournal(path.join(GOLDEN, `${name}.jsonl`));
}

export interface GoldenRun extends AsyncDisposable {
  readonly runDir: string;
  readonly events: JournalEvent[];
}

/** A run folder with a golden journal in it and what its evidence names. */
export async function openGoldenRun(name: JournalName): Promise<GoldenRun> {
  const results = await mkdtemp(path.join(os.tmpdir(), 'muster-golden-'));
  const events = goldenEvents(name);
  const [first] = events;
  const runDir = path.join(results, first?.type === 'run.started' ? first.run : name);
  const evidence = path.join(runDir, 'steps/06-check-login');
  await mkdir(evidence, { recursive: true });
  await cp(path.join(GOLDEN, `${name}.jsonl`), path.join(runDir, 'journal.jsonl'));
  await writeFile(path.join(runDir, 'run.json'), '{}\n');
  await writeFile(path.join(evidence, 'first-message.txt'), 'came back after 340ms\n');
  return {
    runDir,
    events,
    [Symbol.asyncDispose]: () => rm(results, { recursive: true, force: true }),
  };
}
