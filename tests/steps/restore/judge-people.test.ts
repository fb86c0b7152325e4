import { expect, it } from 'vitest';
import { judgeBreakGlass } from '../../../src/steps/restore/audit/judge-people.ts';

it('leaves open whether anybody gets in without an IdP where the config names no such account', () => {
  expect(judgeBreakGlass([], { members: [] })).toMatchObject({
    verdict: 'unverified',
    code: 'NOT_APPLICABLE',
  });
});
