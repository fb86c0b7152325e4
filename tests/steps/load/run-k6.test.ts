import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeLoad } from '../../../src/steps/load/judge-load.ts';
import { readLoadTarget, type LoadTarget } from '../../../src/steps/load/load-target.ts';
import { runK6 } from '../../../src/steps/load/run-k6.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { openTinySite, type TinySiteOptions } from './tiny-site.ts';

/** The lab's tier in a few seconds, so busy that every route is asked. */
const LAB = readLoadTarget('lab');
const SHORT: LoadTarget = {
  ...LAB,
  users: 3,
  warmUp: '1s',
  duration: '4s',
  rates: { ...LAB.rates, createPost: 2, threads: 2, search: 2, scroll: 2 },
  burst: { postsPerSecond: 2, duration: '1s' },
};

describe('k6 against a tiny site', { timeout: 90_000 }, () => {
  it('passes where everything is answered at once', async () => {
    expect(await problems({})).toEqual({});
  });

  it('misses the limits of errors, and only those, where a route answers with errors', async () => {
    let requests = 0;
    const found = await problems({
      spoil: ({ path }) =>
        path.endsWith('/view') && (requests += 1) % 2 === 0 ? { status: 500 } : undefined,
    });
    expect(found).toEqual({ 'load.server-errors': 'missed', 'load.failed-requests': 'missed' });
  });

  it('misses the limit of the one route that is slow', async () => {
    const found = await problems({
      spoil: ({ path }) => (path.endsWith('/thread') ? { delayMs: 1_400 } : undefined),
    });
    expect(found).toEqual({ 'load.thread-p99': 'missed' });
  });

  it('misses messages that the server took and that reached nobody', async () => {
    expect(await problems({ deliver: (count) => count % 2 === 0 })).toEqual({
      'load.websocket-events': 'missed',
    });
  });

  it('calls unverified what no request fed', async () => {
    const { search: _, ...rates } = SHORT.rates;
    expect(await problems({}, { ...SHORT, rates })).toEqual({ 'load.search-p99': 'unverified' });
  });

  it('is broken, not missed, when k6 cannot read what it needs', async () => {
    await using context = await openStepContext();
    const running = runK6(context, {
      k6: await requireTool('k6'),
      target: SHORT,
      loadFile: path.join(context.directory, 'nowhere.json'),
      directory: context.directory,
    });
    await expect(running).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
  });

  it('ends k6 when the run is interrupted', async () => {
    const interrupt = new AbortController();
    await using site = await openTinySite();
    await using context = await openStepContext({ signal: interrupt.signal });
    setTimeout(() => interrupt.abort(new Error('SIGINT')), 1_500);
    await expect(measure(context, site.url, { ...SHORT, duration: '60s' })).rejects.toThrow('SIGINT');
  });
});

/** Everything that did not pass. */
async function problems(options: TinySiteOptions, target = SHORT): Promise<Record<string, string>> {
  await using site = await openTinySite(options);
  await using context = await openStepContext();
  const checks = judgeLoad(target, await measure(context, site.url, target));
  return Object.fromEntries(
    checks.flatMap(({ id, verdict }) => (verdict === 'passed' ? [] : [[id, verdict]])),
  );
}

async function measure(context: TestContext, url: string, target: LoadTarget) {
  const loadFile = path.join(context.directory, 'load.json');
  const users = Array.from({ length: target.users }, (_, index) => ({ id: `user${index}`, token: 'token' }));
  const site = {
    url,
    teamId: 'team',
    loadChannelId: 'load',
    readChannelIds: ['town'],
    threadIds: ['thread'],
  };
  await writeFile(loadFile, JSON.stringify({ site, users }));
  return runK6(context, { k6: await requireTool('k6'), target, loadFile, directory: context.directory });
}
