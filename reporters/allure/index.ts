import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DrillError } from '../../src/model/errors.ts';
import { runLayout } from '../../src/model/layout.ts';
import type { RunSummary } from '../run-summary.ts';
import { openEvidenceShelf } from './attach-evidence.ts';
import { adopt, disown, readBrowserResults } from './browser-results.ts';
import { claimResults } from './claim-results.ts';
import { generate } from './generate.ts';
import { addToHistory, historyBefore } from './history.ts';
import { renderMetrics } from './metrics.ts';
import { OWN_PREFIX } from './result-model.ts';
import { toResults } from './results.ts';
import { reportName, reportVariables } from './variables.ts';

export interface AllureReportOptions {
  readonly runDir: string;
  readonly summary: RunSummary;
  /** Allure's history over past drills, one JSON line each. */
  readonly history: string;
}

/**
 * Writes the run into `allure-results/`, beside what Playwright left there, and the single-file report from it. Can be
 * repeated. Resolves to the history with this run in it; rejects with REPORT_FAILED.
 */
export async function writeAllureReport(options: AllureReportOptions): Promise<string> {
  try {
    return await writeReport(options);
  } catch (cause) {
    if (cause instanceof DrillError) throw cause;
    throw new DrillError('REPORT_FAILED', 'the Allure report could not be made', {
      cause,
      details: { run: options.runDir },
      hint: 'The verdict stands, and the journal has everything: `muster report RUN` tries again.',
    });
  }
}

async function writeReport({ runDir, summary, history }: AllureReportOptions): Promise<string> {
  const layout = runLayout(path.resolve(runDir));
  const resultsDir = layout.allureResults;
  await mkdir(resultsDir, { recursive: true });
  await removeOwnFiles(resultsDir);

  const write = (name: string, text: string) => writeFile(path.join(resultsDir, name), text);
  const browser = await readBrowserResults(resultsDir);
  const seen = new Set(browser.map(({ check }) => check));
  const shelf = openEvidenceShelf(layout.runDir, resultsDir);
  const ours = [
    ...(await claimResults(summary, shelf)),
    ...(await toResults(summary, shelf, (id) => seen.has(id))),
  ];
  for (const [index, result] of ours.entries()) {
    if (!seen.has(result.fullName))
      await write(
        `${OWN_PREFIX}${String(index).padStart(4, '0')}-result.json`,
        `${JSON.stringify(result, undefined, 2)}\n`,
      );
  }
  const byId = new Map(ours.map((result) => [result.fullName, result]));
  for (const result of browser) {
    const check = result.check === undefined ? undefined : byId.get(result.check);
    await (check ? adopt(result, check) : disown(result));
  }
  await write(`${OWN_PREFIX}run-perf.json`, renderMetrics(summary));
  await write(
    'executor.json',
    `${JSON.stringify({ name: 'Muster', type: 'muster', buildName: summary.started.run }, undefined, 2)}\n`,
  );

  const { html, history: written } = await generate({
    summary,
    resultsDir,
    history: historyBefore(history, summary),
    name: reportName(summary),
    variables: reportVariables(summary),
    attachments: existsSync(layout.overview) ? [layout.overview] : [],
    expected: ours.length,
  });
  await rm(layout.allureReport, { recursive: true, force: true });
  await mkdir(layout.allureReport, { recursive: true });
  await writeFile(layout.report, html);
  return addToHistory(history, written, summary);
}

async function removeOwnFiles(resultsDir: string): Promise<void> {
  for (const name of await readdir(resultsDir))
    if (name.startsWith(OWN_PREFIX)) await rm(path.join(resultsDir, name));
}
