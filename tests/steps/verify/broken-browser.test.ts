import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Facts } from '../../../src/model/facts.ts';
import { runChecks } from '../../../src/steps/verify/run-checks.ts';
import { openStepContext } from '../../support/step-context.ts';

vi.mock('../../../src/support/tools.ts', async (original) => ({
  ...(await original<object>()),
  requireTool: async () => '/bin/false',
}));

it('is broken, and misses nothing, when the browser does not start', { timeout: 60_000 }, async () => {
  const samples = { newestCanary: null, posts: [], thread: null, edited: null, file: null, direct: null };
  const facts = {
    site: { url: 'https://chat.example.test', address: '127.0.0.30', port: 443 },
    samples: { ...samples, members: {}, activeUsers: 0 },
  } as unknown as Partial<Facts>;
  await using context = await openStepContext({ facts });
  await writeFile(path.join(context.runDir, 'run.json'), JSON.stringify({ config: context.config }));
  await writeFile(path.join(context.runDir, 'facts.json'), JSON.stringify(facts));

  await expect(runChecks('search').run(context)).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    cause: expect.objectContaining({ message: expect.stringContaining('browserType.launch') }),
  });
  expect(context.checks.filter(({ verdict }) => verdict !== 'unverified')).toEqual([]);
});
