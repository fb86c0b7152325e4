import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from '@playwright/test';
import type { Check } from '../../model/check.ts';
import type { StepContext } from '../../model/drill.ts';
import { formatDuration, seconds } from '../../model/duration.ts';
import type { ProxyEvent } from '../../support/connect-proxy.ts';
import { requireTool } from '../../support/tools.ts';
import { openClientNetwork, privateFolder, type ClientNetwork } from '../verify/client-network.ts';

/** The switch waits this long for the browser, counted from its start; one on a machine at rest needs about a second. */
const PATIENCE = seconds(20);
/** Beyond the TTL. Resolver, proxy and reload each take their part of it. */
const TOLERANCE = seconds(10);
const INTERVAL = 250;
/** What the first answer may take before the switch; a page that still loads then is an old one too. */
const SETTLE = 500;
/** A site that is gone may swallow packets: a reload that hangs must not outlast the switch. */
const RELOAD = seconds(3);

export interface FollowOptions {
  /** Addresses before the switch. */
  readonly from: readonly string[];
  readonly to: string;
  /** Of the record before the switch, in seconds: DNS's own unit. */
  readonly ttl: number;
  /** The name has certainly been switched when this has settled. At once, when left out. */
  readonly since?: Promise<unknown> | undefined;
}

export interface OldPage extends AsyncDisposable {
  /** Resolves when the page is open, whatever it shows, when there can be none, or when the switch should wait no more. */
  untilOpen(): Promise<void>;
  /** Reloads the page until it is served by the new address or TTL and tolerance are over. Rejects only on abort. */
  follow(options: FollowOptions): Promise<Check>;
}

/**
 * A page that is on the users' screens when the name is switched: what does it reach after a reload? The RTO clock is
 * running, so the browser starts beside the step's own work, and the page is reloaded while the resolvers are watched.
 * What it can add is the rest of its start, up to PATIENCE, and the time from the last resolver's switch to the next
 * reload: about 4 s on a lab with two busy processors. Opening the page in an earlier step would be cheaper, and lost
 * on resume.
 *
 * A site that is down already leaves the browser's error page: those are the pages that people reload.
 */
export function openOldPage(ctx: StepContext): OldPage {
  const started = performance.now();
  const closing = new AbortController();
  let network: ClientNetwork | undefined;
  let browser: Browser | undefined;
  let page: Page | undefined;
  let problem: string | undefined;
  const url = ctx.config.site.url;
  const { hostname } = new URL(url);
  // In the private folder, so that undo takes it when nobody was left to close the browser.
  const folder = path.join(privateFolder(ctx), 'old-page');

  const opening = open().catch((error: unknown) => {
    problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  });

  async function open(): Promise<void> {
    const program = findBrowser();
    program.catch(() => undefined);
    network = await openClientNetwork(ctx, 'old-page');
    browser = await launch(await program, network, folder);
    closing.signal.throwIfAborted();
    const opened = await browser.newPage();
    opened.once('crash', () => (problem = 'the page crashed'));
    browser.once('disconnected', () => (problem = 'the browser ended'));
    page = opened;
    await Promise.race([load(page), sleep(SETTLE)]);
  }

  /** The first time, and again where that never got anywhere: there is nothing to reload on an empty page. */
  async function load(target: Page): Promise<boolean> {
    const options = { waitUntil: 'commit', timeout: RELOAD } as const;
    const answer = target.url() === 'about:blank' ? target.goto(url, options) : target.reload(options);
    return (await answer.catch(() => null))?.ok() ?? false;
  }

  return {
    async untilOpen() {
      const left = Math.max(0, PATIENCE - (performance.now() - started));
      const waited = performance.now();
      await Promise.race([opening, sleep(left, undefined, { signal: ctx.signal })]);
      ctx.progress(
        `A page of ${url} is ${page === undefined ? 'not ' : ''}open; the switch waited ${formatDuration(performance.now() - waited)} for it`,
      );
    },

    async follow({ from, to, ttl, since }) {
      const switchedAt = Date.now();
      const expected = `served by ${to} within ${ttl} s and ${formatDuration(TOLERANCE)}`;
      const check = {
        id: 'failover.old-page',
        claim: 'A page that was open before the switch finds the restored site after a reload',
        expected,
      };
      const unverified = (seen: string): Check => ({
        ...check,
        verdict: 'unverified',
        seen,
        code: 'NO_OLD_PAGE',
        hint: 'Look at `muster doctor`; reload an open page by hand, and see what it shows.',
      });
      if (page === undefined || network === undefined) {
        return unverified(
          `no page was open at the switch: ${problem ?? `the browser was not ready after ${formatDuration(PATIENCE)}, and the switch did not wait`}`,
        );
      }
      let deadline = since === undefined ? performance.now() + seconds(ttl) + TOLERANCE : Infinity;
      const settled = () => void (deadline = performance.now() + seconds(ttl) + TOLERANCE);
      since?.then(settled, settled);

      let reachedAt: number | undefined;
      do {
        await sleep(INTERVAL, undefined, { signal: ctx.signal });
        if ((await load(page)) && (await isAt(network, to))) reachedAt = Date.now();
      } while (reachedAt === undefined && problem === undefined && performance.now() < deadline);
      if (reachedAt === undefined && problem !== undefined)
        return unverified(`${problem} while it was followed`);

      const events = await eventsOf(network);
      const table = tabulate(events, switchedAt);
      const evidence = [await ctx.attach('old-page.json', `${JSON.stringify(table, null, 2)}\n`)];
      const counts = countAddresses(events);
      if (reachedAt !== undefined) {
        const after = reachedAt - switchedAt;
        return {
          ...check,
          evidence,
          verdict: 'passed',
          seen: `after ${formatDuration(after)}; connections: ${counts}`,
          metric: { key: 'old_page_seconds', value: after / 1000, unit: 's', better: 'lower' },
        };
      }
      return {
        ...check,
        evidence,
        verdict: 'missed',
        seen: `not served by it; before the switch: ${from.join(', ') || 'no address'}; connections: ${counts}`,
        code: 'CLIENT_STUCK',
        hint: 'People with the page open stay where they are: end what still answers at the old address, and see failover.resolvers for who still gives it.',
      };
    },

    async [Symbol.asyncDispose]() {
      closing.abort();
      await opening;
      if (browser) {
        await browser.close().catch(() => undefined);
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      }
      await network?.[Symbol.asyncDispose]();
    },
  };

  /** A page may come over any connection that the browser keeps open, so all of them must lead there. */
  async function isAt(clients: ClientNetwork, address: string): Promise<boolean> {
    const open = clients.connections.filter(({ host }) => host === hostname);
    if (open.length > 0) return open.every((connection) => connection.address === address);
    const last = (await eventsOf(clients)).findLast(({ event }) => event === 'opened');
    return last?.event === 'opened' && last.address === address;
  }

  async function eventsOf(clients: ClientNetwork): Promise<readonly ProxyEvent[]> {
    return (await clients.events()).filter(({ host }) => host === hostname);
  }
}

type Program = Awaited<ReturnType<typeof findBrowser>>;

/** Loading the library takes as long as starting a process. */
async function findBrowser() {
  const [{ chromium }, executablePath] = await Promise.all([
    import('@playwright/test'),
    requireTool('chromium'),
  ]);
  return { chromium, executablePath };
}

async function launch(
  { chromium, executablePath }: Program,
  { proxyUrl, trust }: ClientNetwork,
  folder: string,
): Promise<Browser> {
  const kept = ['PATH', 'LANG', 'TMPDIR', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const temporary = path.join(folder, 'tmp');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const profile = await chromium.launchPersistentContext(path.join(folder, 'profile'), {
    artifactsDir: temporary,
    executablePath,
    proxy: { server: proxyUrl },
    // Chromium's sandbox refuses to run as root.
    args: [
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
    // HOME is where Chromium looks for the certificate authorities of its user. It gets no secrets of ours.
    env: { ...Object.fromEntries(kept), HOME: trust.home },
    // Ctrl-C is the engine's to handle.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const browser = profile.browser();
  if (browser === null) throw new Error('the browser ended');
  return browser;
}

function tabulate(events: readonly ProxyEvent[], switchedAt: number) {
  return events.map((event) => ({
    connection: event.id,
    secondsAfterSwitch: (Date.parse(event.at) - switchedAt) / 1000,
    event: event.event,
    ...(event.event === 'refused' ? { reason: event.reason } : { address: event.address }),
  }));
}

/** "3 to 127.0.0.6, 2 refused" */
function countAddresses(events: readonly ProxyEvent[]): string {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.event === 'closed') continue;
    const where = event.event === 'refused' ? 'refused' : `to ${event.address}`;
    counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  return [...counts].map(([where, count]) => `${count} ${where}`).join(', ') || 'none';
}
