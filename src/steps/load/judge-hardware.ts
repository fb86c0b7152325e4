import { availableParallelism, totalmem } from 'node:os';
import type { Check } from '../../model/check.ts';
import type { ScratchConfig } from '../../model/config.ts';
import type { LoadTarget } from './load-target.ts';

interface Size {
  readonly vcpus: number;
  readonly memoryGiB: number;
}

/** What the scratch has, against what the tier is for, and what the load's outcome is worth because of it. */
export function judgeHardware(
  { name, hardware }: Pick<LoadTarget, 'name' | 'hardware'>,
  configured: ScratchConfig['hardware'],
  machine: Size = thisMachine(),
): Check {
  const scratch = configured ?? machine;
  const common = { id: 'load.hardware', claim: 'What the load proves about the target hardware is known' };
  const seen = `the scratch has ${describe(scratch)}${configured ? '' : ' (this machine, shared with the load generator)'}`;
  if (hardware === null) {
    return {
      ...common,
      verdict: 'passed',
      expected: `tier "${name}" is for any machine`,
      seen: `${seen}; a pass shows that site and load work together, and says nothing about production's hardware`,
    };
  }
  const wanted = total(hardware);
  const expected = `tier "${name}": ${Object.entries(hardware)
    .map(([role, { count, vcpus, memoryGiB }]) => `${count} × ${role} (${vcpus} vCPU, ${memoryGiB} GiB)`)
    .join(', ')}; ${describe(wanted)} in all`;
  if (scratch.vcpus > wanted.vcpus || scratch.memoryGiB > wanted.memoryGiB) {
    return {
      ...common,
      verdict: 'unverified',
      expected,
      seen: `${seen}, more than the target; a pass here does not show that the target hardware would hold`,
      code: 'HARDWARE_LARGER',
      hint: 'Give the scratch no more than the target has, or set scratch.hardware to what it really may use.',
    };
  }
  const smaller = scratch.vcpus < wanted.vcpus || scratch.memoryGiB < wanted.memoryGiB;
  return {
    ...common,
    verdict: 'passed',
    expected,
    seen: smaller
      ? `${seen}, less than the target; a pass here suggests that the target holds too, and a miss does not show that it would not`
      : `${seen}, as much as the target in one place; copies, network and failover between servers were not under load`,
  };
}

function total(hardware: NonNullable<LoadTarget['hardware']>): Size {
  const roles = Object.values(hardware);
  return {
    vcpus: roles.reduce((sum, { count, vcpus }) => sum + count * vcpus, 0),
    memoryGiB: roles.reduce((sum, { count, memoryGiB }) => sum + count * memoryGiB, 0),
  };
}

function thisMachine(): Size {
  return { vcpus: availableParallelism(), memoryGiB: Math.round(totalmem() / 2 ** 30) };
}

function describe({ vcpus, memoryGiB }: Size): string {
  return `${vcpus} vCPU and ${memoryGiB} GiB`;
}
