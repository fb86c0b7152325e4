import { expect, it } from 'vitest';
import { judgeHardware } from '../../../src/steps/load/judge-hardware.ts';
import { readLoadTarget } from '../../../src/steps/load/load-target.ts';

const E20 = readLoadTarget('e20');

it('says what a pass on smaller hardware is worth', () => {
  const check = judgeHardware(E20, undefined, { vcpus: 2, memoryGiB: 4 });
  expect(check.verdict).toBe('passed');
  expect(check.expected).toContain('10 vCPU and 32 GiB in all');
  expect(check.seen).toContain('a pass here suggests that the target holds too, and a miss does not show');
});

it('does not let a pass on larger hardware stand for the target', () => {
  expect(judgeHardware(E20, { vcpus: 64, memoryGiB: 32 })).toMatchObject({
    verdict: 'unverified',
    code: 'HARDWARE_LARGER',
  });
});

it('says that the tier for any machine says nothing about production', () => {
  const check = judgeHardware(readLoadTarget('lab'), undefined, { vcpus: 2, memoryGiB: 4 });
  expect(check.seen).toContain("says nothing about production's hardware");
});
