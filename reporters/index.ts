import { writeFile } from 'node:fs/promises';
import type { JournalEvent } from '../src/model/journal.ts';
import { runLayout } from '../src/model/layout.ts';
import { writeAllureReport } from './allure/index.ts';
import { renderJunit } from './junit.ts';
import { writeManifest } from './manifest.ts';
import { renderOverview } from './overview.ts';
import { summarise } from './run-summary.ts';
import { renderSummary } from './summary-json.ts';

export interface ReportOptions {
  readonly runDir: string;
  readonly events: readonly JournalEvent[];
  /** Allure's history over past drills, one JSON line each; the new one is returned. Empty at first. */
  readonly history: string;
}

/** Writes every report of a run from its journal, then the manifest over all files. Resolves to the new history. */
export async function writeReports({ runDir, events, history }: ReportOptions): Promise<string> {
  const layout = runLayout(runDir);
  const summary = summarise(events);
  await writeFile(layout.summary, renderSummary(summary));
  await writeFile(layout.junit, renderJunit(summary));
  await writeFile(layout.overview, renderOverview(summary));
  try {
    return await writeAllureReport({ runDir, summary, history });
  } finally {
    // Evidence is whole without its prettiest report.
    await writeManifest(runDir);
  }
}
