import { expect, it, vi } from 'vitest';
import { DrillError } from '../../../src/model/errors.ts';
import { runLoad } from '../../../src/steps/load/run-load.ts';
import { openStepContext } from '../../support/step-context.ts';

vi.mock('../../../src/support/tools.ts', () => ({
  requireTool: async (name: string) => {
    throw new DrillError('TOOL_MISSING', `${name} was not found`);
  },
}));

it('ends with TOOL_MISSING before it touches anything when k6 is absent', async () => {
  await using context = await openStepContext();
  await expect(runLoad().run(context)).rejects.toMatchObject({ code: 'TOOL_MISSING' });
  expect(context.checks).toEqual([]);
  expect(context.hidden).toEqual([]);
});
