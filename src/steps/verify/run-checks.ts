import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { browserChecksOf, siteChecksOf, type Suite } from '../../model/browser-checks.ts';
import type { Config } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { formatDuration, minutes, type Milliseconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { runLayout } from '../../model/layout.ts';
import { requireTool } from '../../support/tools.ts';
import { askSecondaryIdp } from '../identity/secondary-idp.ts';
import { openClientNetwork, privateFolder } from './client-network.ts';
import { judgeRoutes } from './judge-routes.ts';
import { filmSettings } from './film.ts';
import { siteIsWell } from './site-is-well.ts';
import { browserFailure, judgeTest } from './judge-test.ts';
import type { ReporterMessage, SuiteEnded } from './messages.ts';
import { endPlaywright, playwrightArgs, runPlaywright } from './run-playwright.ts';

const TITLES: Readonly<Record<Suite, string>> = {
  login: 'Sign users in',
  messages: 'Check the messages',
  search: 'Check the search',
};

export interface RunChecksOptions {
  /** Ids of the only checks that browsers are sent for, and that are promised. The whole suite when left out. */
  readonly only?: readonly string[] | undefined;
  /** How long a check waits for what ought to come at once; 15 s when left out. */
  readonly patience?: Milliseconds | undefined;
}

/** Sends browsers to the restored site, as its users would come. Each test is a check. */
export function runChecks(suite: Suite, { only, patience }: RunChecksOptions = {}): Step {
  const checksOf = (config: Config) =>
    browserChecksOf(suite, config).filter((id) => only === undefined || only.includes(id));
  return {
    id: `check-${suite}`,
    title: TITLES[suite],
    needs: ['site', 'samples', 'switched'],
    promises: ({ config }) => [
      // The RTO clock stops in here or nowhere: a run in which it never does must not pass.
      ...(checksOf(config).includes('login.first-message') ? ['objective.rto'] : []),
      ...checksOf(config),
      ...siteChecksOf(suite),
    ],
    budget: minutes(15),
    plan: () => [`playwright ${playwrightArgs(suite, only).join(' ')}`],
    run: (ctx) => runSuite(suite, ctx, { only, patience, promised: checksOf(ctx.config) }),
    async undo(ctx) {
      await endPlaywright(ctx.runDir);
      await removeBrowserFolder(ctx);
      await rm(privateFolder(ctx), { recursive: true, force: true });
    },
  };
}

/** Where browsers keep their profiles, with live sessions in them. Short: the path of a socket in it is limited. */
function browserFolder({ runDir }: StepContext): string {
  const own = createHash('sha256').update(runDir).digest('hex').slice(0, 8);
  return path.join(tmpdir(), `muster-${own}`);
}

async function openBrowserFolder(ctx: StepContext): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = browserFolder(ctx);
  ctx.created({ kind: 'folder', name: folder });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return { path: folder, [Symbol.asyncDispose]: () => removeBrowserFolder(ctx) };
}

async function removeBrowserFolder(ctx: StepContext): Promise<void> {
  const folder = browserFolder(ctx);
  // A browser that was just killed may still have a file to close.
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  ctx.removed({ kind: 'folder', name: folder });
}

async function runSuite(
  suite: Suite,
  ctx: StepContext,
  { only, patience, promised }: RunChecksOptions & { readonly promised: readonly string[] },
): Promise<void> {
  const chromium = await requireTool('chromium');
  // Where it is gone, the site would seem to turn everybody away.
  if (suite === 'login') await askSecondaryIdp(ctx);
  const layout = runLayout(ctx.runDir);
  await Promise.all(
    [layout.playwright, layout.allureResults].map((folder) => mkdir(folder, { recursive: true })),
  );
  await using temporary = await openBrowserFolder(ctx);
  await using network = await openClientNetwork(ctx, suite);

  const pageHosts = new Set<string>();
  const made = new Set<string>();
  let ended: SuiteEnded | undefined;
  let broken: string | undefined;
  let missed = false;
  const onMessage = (message: ReporterMessage): void => {
    switch (message.type) {
      case 'suite-began':
        return ctx.progress(`${message.checks.length} checks in a browser`);
      case 'test-began':
        return ctx.progress(message.title);
      case 'suite-ended':
        ended = message;
        return;
      case 'test-ended': {
        // Who is told to stop sees pages close: nothing of that is about the site.
        if (ctx.signal.aborted) return;
        const failure = browserFailure(message);
        if (failure !== undefined) {
          broken ??= failure;
          return;
        }
        const check = judgeTest(message, ctx.runDir);
        made.add(check.id);
        for (const host of message.hosts) pageHosts.add(host);
        // A moment counts only when its check held.
        if (check.verdict === 'passed' && message.messageCameBackAt !== undefined) {
          ctx.mark('first-verified-message', BigInt(message.messageCameBackAt));
        }
        ctx.check(check);
        missed ||= check.verdict === 'missed';
        ctx.progress(
          `${made.size}/${promised.length} ${check.verdict}: ${check.claim} (${formatDuration(message.durationMs)})`,
        );
      }
    }
  };

  const logFile = path.join(layout.playwright, `${suite}.log`);
  const exitCode = await runPlaywright({
    suite,
    only,
    logFile,
    signal: ctx.signal,
    onMessage,
    env: {
      MUSTER_RUN: ctx.runDir,
      MUSTER_SUITE: suite,
      ...(patience !== undefined && { MUSTER_PATIENCE_MS: String(patience) }),
      MUSTER_PRIVATE_DIR: privateFolder(ctx),
      MUSTER_PROXY: network.proxyUrl,
      MUSTER_CHROMIUM: chromium,
      TMPDIR: temporary.path,
      ...(await filmSettings(ctx.config.privacy, temporary.path)),
      // Of our own specs, the same for every run: no reason to make it anew for each suite.
      PWTEST_CACHE_DIR: path.join(tmpdir(), `playwright-transform-cache-${process.getuid?.() ?? ''}`),
      MUSTER_BROWSER_HOME: network.trust.home,
      MUSTER_RUN_TOKEN: randomBytes(12).toString('hex'),
      NODE_EXTRA_CA_CERTS: network.trust.extraFile,
      // Playwright would otherwise write down the text of the page beside each failure.
      PLAYWRIGHT_NO_COPY_PROMPT: '1',
    },
  });
  ctx.signal.throwIfAborted();
  broken ??= made.size === 0 ? (ended?.errors[0] ?? 'it did not say why') : undefined;
  if (broken !== undefined) throw notStarted(suite, exitCode, broken, path.relative(ctx.runDir, logFile));
  if (missed) await askSecondaryIdp(ctx);
  for (const id of promised) if (!made.has(id)) ctx.check(notRun(id, exitCode));
  ctx.check(await siteIsWell(suite, ctx));

  const site = ctx.get('site');
  const routes = await network.close();
  for (const check of judgeRoutes({
    name: suite,
    site,
    config: ctx.config,
    routes,
    pageHosts: [...pageHosts],
  })) {
    ctx.check(check);
  }
  await ctx.attach(
    `${suite}-routes.json`,
    JSON.stringify({ routes, pageHosts: [...pageHosts] }, undefined, 2),
  );
}

function notStarted(suite: Suite, exitCode: number | null, why: string, log: string): DrillError {
  return new DrillError(
    'COMMAND_FAILED',
    `playwright ended with ${exitCode ?? 'a signal'}, and the "${suite}" checks could not be made`,
    {
      cause: new Error(why),
      details: { output: log },
      hint: 'Read the output; `muster doctor` shows whether the browser is ready.',
    },
  );
}

function notRun(id: string, exitCode: number | null) {
  return {
    id,
    claim: `${id} is checked in a browser`,
    verdict: 'unverified',
    expected: 'the check is made',
    seen: `playwright ended with ${exitCode ?? 'a signal'} before it came to it`,
    code: 'NOT_MADE',
  } as const;
}
