import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readJournal } from '../engine/journal.ts';
import { readRunRecord, type RunRecord } from '../engine/run-record.ts';
import { DrillError } from '../model/errors.ts';
import { runLayout } from '../model/layout.ts';
import { summarise, type RunSummary } from '../../reporters/run-summary.ts';
import { resultsFolder } from '../support/project-root.ts';

/** The runs of this clone, oldest first. */
export function listRuns(): string[] {
  if (!existsSync(resultsFolder)) return [];
  return readdirSync(resultsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(runLayout(path.join(resultsFolder, entry.name)).run))
    .map(({ name }) => name)
    .toSorted();
}

/** The folder of a run, given by id, by path, or as "last". Throws RUN_NOT_FOUND. */
export function findRun(run: string): string {
  const known = listRuns();
  const last = known.at(-1);
  if (run === 'last' && last) return path.join(resultsFolder, last);
  const candidates = [path.join(resultsFolder, run), path.resolve(run)];
  const found = candidates.find((dir) => existsSync(runLayout(dir).run));
  if (found) return found;
  throw new DrillError('RUN_NOT_FOUND', `there is no run "${run}" in ${resultsFolder}`, {
    details: last ? { latest: known.slice(-3).join(', ') } : {},
    hint: last ? 'Name one of them, or "last".' : 'No drill has been run in this clone yet.',
  });
}

export function readRun(runDir: string): { record: RunRecord; summary: RunSummary } {
  return { record: readRunRecord(runDir), summary: summarise(readJournal(runLayout(runDir).journal)) };
}
