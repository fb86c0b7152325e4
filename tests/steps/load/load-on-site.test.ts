import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadChecksOf, readLoadTarget } from '../../../src/steps/load/load-target.ts';
import { runLoad } from '../../../src/steps/load/run-load.ts';
import { openRestoredTestSite } from '../restored-site.ts';

it('puts load on a restored site and makes every promised check', { timeout: 240_000 }, async () => {
  await using site = await openRestoredTestSite();
  await using context = await site.context({ load: { duration: '15s' } });
  await runLoad().run(context);

  expect(context.checks.map(({ id }) => id).toSorted()).toEqual(
    loadChecksOf(readLoadTarget('lab')).toSorted(),
  );
  const verdictOf = (id: string) => context.checkOf(id).verdict;
  expect(verdictOf('load.server-errors')).toBe('passed');
  expect(verdictOf('load.failed-requests')).toBe('passed');
  expect(verdictOf('load.websocket-events')).toBe('passed');
  expect(verdictOf('load.site-reached')).toBe('passed');
  expect(context.messages.length).toBeGreaterThan(2);
  // Sessions of the load users are nobody's business.
  expect(context.hidden).toHaveLength(30);
  const log = await readFile(path.join(context.runDir, 'load-generator.log'), 'utf8');
  for (const token of context.hidden) expect(log).not.toContain(token);
});
