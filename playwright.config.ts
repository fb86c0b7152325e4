import path from 'node:path';
import { defineConfig } from '@playwright/test';
import { PATIENCE_MS } from './fixtures/patience.ts';
import { readRun } from './fixtures/run.ts';
import { runLayout } from './src/model/layout.ts';

const run = readRun();
const layout = runLayout(run.dir);
const suite = process.env['MUSTER_SUITE'] ?? 'all';

/** Runs drills/checks against a run that `muster run` started; without one it does not even load. */
export default defineConfig({
  testDir: 'drills/checks',
  outputDir: path.join(layout.playwright, suite),
  // A sign-in that works the second time is a finding, and one-time codes are good for one browser at a time.
  retries: 0,
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: PATIENCE_MS },
  forbidOnly: true,
  captureGitInfo: { commit: false, diff: false },
  reporter: [
    ['./src/steps/verify/playwright-reporter.ts'],
    [
      'allure-playwright',
      // Without details: they would name every step of the browser, with what was typed into it.
      { resultsDir: layout.allureResults, detail: false, suiteTitle: false },
    ],
  ],
  use: {
    screenshot: 'off',
    trace: 'off',
    // Each check opens browsers of its own: fixtures/film.ts films them.
    video: 'off',
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    ...(process.env['MUSTER_PROXY'] && { proxy: { server: process.env['MUSTER_PROXY'] } }),
    launchOptions: {
      ...(process.env['MUSTER_CHROMIUM'] && { executablePath: process.env['MUSTER_CHROMIUM'] }),
      args: [
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
        '--no-first-run',
        // Chromium's sandbox refuses to run as root.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
      // Where Chromium looks for the certificate authorities of its user.
      env: {
        ...browserEnvironment(),
        HOME: process.env['MUSTER_BROWSER_HOME'] ?? process.env['HOME'] ?? '/',
      },
    },
  },
});

/** It gets no secrets of ours. By the last two it is found when whoever started it has died. */
function browserEnvironment(): Record<string, string> {
  const kept = [
    'PATH',
    'LANG',
    'TMPDIR',
    'LD_LIBRARY_PATH',
    'FONTCONFIG_PATH',
    'MUSTER_RUN',
    'MUSTER_RUN_TOKEN',
  ];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
