import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { historyBefore } from '../../reporters/allure/history.ts';
import { writeAllureReport } from '../../reporters/allure/index.ts';
import { summarise } from '../../reporters/run-summary.ts';
import { honestShare } from '../../reporters/allure/honest-share.ts';
import { stripAnalytics } from '../../reporters/allure/strip-analytics.ts';
import type { AllureResult } from '../../reporters/allure/result-model.ts';
import { requireTool } from '../../src/support/tools.ts';
import type { JournalName } from '../golden/build-journals.ts';
import { openGoldenRun } from './golden-run.ts';

interface Made {
  readonly results: readonly AllureResult[];
  readonly html: string;
  readonly history: string;
  readonly files: readonly string[];
}

async function report(name: JournalName, prepare?: (resultsDir: string) => Promise<void>): Promise<Made> {
  await using run = await openGoldenRun(name);
  const resultsDir = path.join(run.runDir, 'allure-results');
  await mkdir(resultsDir);
  await prepare?.(resultsDir);
  const summary = summarise(run.events);
  let history = await writeAllureReport({ runDir: run.runDir, summary, history: '' });
  // Written again, as `muster report` does: nothing may be doubled.
  history = await writeAllureReport({ runDir: run.runDir, summary, history });
  const files = await readdir(resultsDir);
  const results = files
    .filter((file) => file.endsWith('-result.json'))
    .map(async (file) => JSON.parse(await readFile(path.join(resultsDir, file), 'utf8')) as AllureResult);
  const html = await readFile(path.join(run.runDir, 'allure-report/index.html'), 'utf8');
  return { results: await Promise.all(results), html, history, files };
}

const statusOf = ({ results }: Made, id: string) =>
  results.filter(({ fullName }) => fullName === id).map(({ status }) => status);
/** A part of the data that Allure bakes into its page. */
function baked(html: string, name: string): unknown {
  const body = new RegExp(`d\\("${name}","([^"]+)"\\)`).exec(html)?.[1] ?? '';
  return JSON.parse(Buffer.from(body, 'base64').toString());
}

describe('the Allure report', () => {
  it('has one result per claim, check and step, and for the clean-up, all passed where the run passed', async () => {
    const made = await report('passed-rehearsal');
    expect(made.results).toHaveLength(4 + 11 + 7 + 1);
    expect(new Set(made.results.map(({ status }) => status))).toEqual(new Set(['passed']));
    expect(made.html).toContain('REHEARSAL, never evidence');
    expect(baked(made.html, 'widgets/pie_chart.json')).toMatchObject({ percentage: 100 });
    expect(made.files).toContain('muster-1-attachment.txt');
  });

  it('calls missed failed, and unverified unknown', async () => {
    const made = await report('missed');
    expect(statusOf(made, 'backup.database.age')).toEqual(['failed']);
    expect(statusOf(made, 'login.primary-idp-never-contacted')).toEqual(['unknown']);
    const [age] = made.results.filter(({ fullName }) => fullName === 'backup.database.age');
    expect(age?.statusDetails).toMatchObject({
      message: '[BACKUP_STALE] saw 26h old; wanted at most 24h old',
      actual: '26h old',
      expected: 'at most 24h old',
      trace: 'Check that the backup schedule ran.',
    });
  });

  it('skips what is waived and names who signed, and its gate holds as the run passed', async () => {
    const made = await report('waived');
    expect(made.html).toContain('PASSED, 1 claim waived · Quarterly recovery drill');
    expect(statusOf(made, 'login.primary-idp-never-contacted')).toEqual(['skipped']);
    const [claim] = made.results.filter(({ fullName }) => fullName === 'claim primary-idp-is-not-needed');
    expect(claim).toMatchObject({
      status: 'skipped',
      statusDetails: { message: expect.stringContaining('waived by Jane Doe until 2027-01-31') as string },
      steps: [{ status: 'skipped' }],
    });
    const gates = baked(made.html, 'widgets/quality-gate.json') as Record<string, { success: boolean }[]>;
    const held = Object.values(gates)
      .flat()
      .map(({ success }) => success);
    expect(new Set(held)).toEqual(new Set([true]));
  });

  it('calls a broken step broken, and skips with the reason what was not reached', async () => {
    const made = await report('broken');
    expect(statusOf(made, 'step restore-database')).toEqual(['broken']);
    expect(statusOf(made, 'restore.rows-match-dump')).toEqual(['unknown']);
    expect(statusOf(made, 'load.rate-reached')).toEqual(['skipped']);
    const [load] = made.results.filter(({ fullName }) => fullName === 'step run-load');
    expect(load).toMatchObject({
      status: 'skipped',
      statusDetails: { message: '"Restore the database" stopped the run (COMMAND_FAILED)' },
    });
  });

  it('calls what was under way when the process died broken', async () => {
    const made = await report('interrupted');
    expect(statusOf(made, 'step restore-database')).toEqual(['broken']);
    expect(statusOf(made, 'clean-up')).toEqual(['broken']);
    expect(statusOf(made, 'login.first-message')).toEqual(['skipped']);
  });

  it('is not green when something is left behind', async () => {
    const made = await report('undo-incomplete');
    expect(statusOf(made, 'clean-up')).toEqual(['broken']);
    const gate = JSON.stringify(baked(made.html, 'widgets/quality-gate.json'));
    expect(gate).toContain('the run is broken');
  });

  it('counts what was not verified in the share that it shows', async () => {
    const { html } = await report('interrupted');
    const { percentage } = baked(html, 'widgets/pie_chart.json') as { percentage: number };
    expect(percentage).toBeLessThan(25);
  });

  it('names objective and measured, and has them as metrics', async () => {
    const { html, history } = await report('missed');
    expect(baked(html, 'widgets/default/variables.json')).toMatchObject({
      RPO: 'objective 24h, measured 26h',
      RTO: 'objective 4h, measured 2m38s',
    });
    expect(JSON.parse(history)).toMatchObject({ metrics: { rpo_seconds: 93_600, rto_seconds: 157.5 } });
  });

  it('keeps one line of history per run, and compares with earlier runs of the same drill alone', async () => {
    const first = await report('missed');
    expect(first.history.trim().split('\n')).toHaveLength(1);
    const line = JSON.parse(first.history) as { timestamp: number; muster: { run: string } };
    const earlier = { ...line, timestamp: line.timestamp - 1000, muster: { ...line.muster, run: 'earlier' } };
    const stranger = { ...earlier, muster: { run: 'stranger', drill: 'another/official' } };
    const history = [earlier, stranger].map((one) => `${JSON.stringify(one)}\n`).join('');
    await using run = await openGoldenRun('missed');
    const summary = summarise(run.events);
    expect(historyBefore(history, summary)).toBe(`${JSON.stringify(earlier)}\n`);
    const all = await writeAllureReport({ runDir: run.runDir, summary, history });
    expect(all.trim().split('\n')).toHaveLength(3);
  });

  it('asks nobody for anything when it is opened', async () => {
    await using run = await openGoldenRun('missed');
    await writeAllureReport({ runDir: run.runDir, summary: summarise(run.events), history: '' });
    const browser = await chromium.launch({
      executablePath: await requireTool('chromium'),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    try {
      const page = await browser.newPage();
      const outside: string[] = [];
      page.on('request', (request) => {
        if (!/^(file|data|blob):/.test(request.url())) outside.push(request.url());
      });
      await page.goto(`file://${run.runDir}/allure-report/index.html`);
      await page.getByText('MISSED · Quarterly recovery drill').waitFor();
      await page.getByText('Quality Gates').click();
      await page.getByText('the run is missed').waitFor();
      expect(outside).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 60_000);
});

describe("a browser's own result", () => {
  const playwright = (check: string, status: string) => ({
    uuid: 'b0',
    name: 'their title',
    historyId: 'theirs',
    status,
    stage: 'finished',
    start: 1_795_000_000_000,
    stop: 1_795_000_001_000,
    labels: [{ name: 'suite', value: 'login' }],
    steps: [{ name: `@muster.check: ${check}` }, { name: 'Signs in' }],
    attachments: [{ name: 'screenshot', type: 'image/png', source: 'b0-attachment.png' }],
  });
  const put = (check: string, status: string) => (resultsDir: string) =>
    writeFile(path.join(resultsDir, 'b0-result.json'), JSON.stringify(playwright(check, status)));

  it('is the only one of its check, with its steps and screenshots', async () => {
    const made = await report('missed', put('login.first-message', 'passed'));
    const found = made.results.filter(({ fullName }) => fullName === 'login.first-message');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      uuid: 'b0',
      status: 'passed',
      name: 'A user signs in and gets a message of his own back',
      steps: [{ name: 'Signs in' }],
    });
    expect(found[0]?.attachments.map(({ name }) => name)).toEqual([
      'screenshot',
      'steps/06-check-login/first-message.txt',
    ]);
  });

  it('is not green when the journal says unverified', async () => {
    const made = await report('missed', put('login.primary-idp-never-contacted', 'passed'));
    expect(statusOf(made, 'login.primary-idp-never-contacted')).toEqual(['unknown']);
  });

  it('is not green when the journal does not know the check', async () => {
    const made = await report('missed', put('login.invented', 'passed'));
    expect(made.results.find(({ uuid }) => uuid === 'b0')?.status).toBe('unknown');
  });
});

it('refuses a report that would still call out', () => {
  expect(() => stripAnalytics('<script src="https://www.googletagmanager.com/new.js"></script>')).toThrow(
    expect.objectContaining({ code: 'REPORT_FAILED' }),
  );
});

it('refuses a report whose share it cannot correct', () => {
  expect(() => honestShare('<html></html>')).toThrow(expect.objectContaining({ code: 'REPORT_FAILED' }));
});

it('says REPORT_FAILED when a result in the folder cannot be read', async () => {
  await expect(
    report('missed', (resultsDir) => writeFile(path.join(resultsDir, 'x-result.json'), '{')),
  ).rejects.toMatchObject({ code: 'REPORT_FAILED' });
});
