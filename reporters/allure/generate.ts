import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { DrillError } from '../../src/model/errors.ts';
import type { RunSummary } from '../run-summary.ts';
import { AREAS } from './areas.ts';
import { performanceConfig } from './metrics.ts';
import { everythingPassedRule, qualityGateRules, verdictRule, withReadableMetrics } from './quality-gate.ts';
import { honestShare } from './honest-share.ts';
import { stripAnalytics } from './strip-analytics.ts';

export interface GenerateOptions {
  readonly summary: RunSummary;
  readonly resultsDir: string;
  /** Allure's history so far. */
  readonly history: string;
  /** What the head of the report says. */
  readonly name: string;
  /** What the reader is told before anything else, in this order. */
  readonly variables: Readonly<Record<string, string>>;
  /** Files that stand beside all results. */
  readonly attachments: readonly string[];
  /** How many results the report must hold at least. */
  readonly expected: number;
}

export interface Generated {
  /** The whole report in one page that calls nobody. */
  readonly html: string;
  /** Allure's history with this run in its last line. */
  readonly history: string;
}

/** Has Allure make its report, in this process. */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { AllureReport, qualityGateDefaultRules, resolveConfig } = await import('@allurereport/core');
  const { summary, resultsDir, name, variables, expected } = options;
  const work = await mkdtemp(path.join(os.tmpdir(), 'muster-allure-'));
  try {
    const historyPath = path.join(work, 'history.jsonl');
    const output = path.join(work, 'report');
    await writeFile(historyPath, options.history);
    const report = new AllureReport(
      await resolveConfig({
        name,
        output,
        historyPath,
        variables: { ...variables },
        globalAttachments: [...options.attachments],
        performance: performanceConfig(summary),
        categories: {
          rules: AREAS.map((area) => ({
            name: area,
            matchers: { statuses: ['failed', 'broken', 'unknown', 'skipped'], labels: { area } },
            groupBy: ['status'],
          })),
        },
        qualityGate: {
          use: [
            ...qualityGateDefaultRules.map(withReadableMetrics),
            everythingPassedRule,
            verdictRule,
          ] as GateRules,
          rules: qualityGateRules(summary),
        },
        plugins: {
          awesome: {
            options: {
              reportName: name,
              singleFile: true,
              groupBy: ['feature', 'story'],
              theme: 'light',
              defaultSortBy: 'order,asc',
            },
          },
        },
      }),
    );
    await report.start();
    // One after the other: where two results have the same start, the order of reading is the order of showing.
    for (const file of (await readdir(resultsDir)).toSorted())
      await report.readFile(path.join(resultsDir, file));
    const results = await report.store.allTestResults({ includeRetries: false });
    if (results.length < expected) {
      throw new DrillError(
        'REPORT_FAILED',
        `Allure read ${results.length} results, and ${expected} were written`,
      );
    }
    const gate = (await report.validate({ trs: results })).results;
    report.realtimeDispatcher.sendQualityGateResults(
      gate.map((rule) => ({ ...rule, message: stripVTControlCharacters(rule.message) })),
    );
    const exitCode = summary.finished?.exitCode ?? 130;
    report.realtimeDispatcher.sendGlobalExitCode({ original: exitCode, actual: exitCode });
    await report.done();
    return {
      html: honestShare(stripAnalytics(await readFile(path.join(output, 'index.html'), 'utf8'))),
      history: await readFile(historyPath, 'utf8'),
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

type GateRules = NonNullable<
  NonNullable<Parameters<(typeof import('@allurereport/core'))['resolveConfig']>[0]['qualityGate']>['use']
>;
