import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { seconds } from '../src/model/duration.ts';
import { findWritingInto, isRunning, stopProcess } from '../src/support/processes.ts';
import { restoreKernelSettings } from './kubernetes/kernel-settings.ts';
import { removeRemains } from './kubernetes/remains.ts';
import { forgetState, type LabState } from './state.ts';

/**
 * Also what a lab that failed to come up, or whose process died, has left: a server that was still starting is in no
 * register, and is known by its log, which lies in the lab's folder. What will not go does not keep the rest from
 * going, and the lab stays registered until all of it is gone.
 */
export async function takeDown(state: LabState): Promise<string[]> {
  const { processes, sockets, directory } = state;
  const unnoted = findWritingInto(directory).filter(({ pid }) => !processes.some((one) => one.pid === pid));
  for (const process of [...unnoted, ...processes.toReversed()])
    await stopProcess(process, { grace: seconds(3) }).catch(() => {});
  const remains = state.kubernetes
    ? [...(await removeRemains(state.kubernetes)), ...(await restoreKernelSettings())]
    : [];
  for (const place of [...sockets, directory])
    await rm(place, { recursive: true, force: true }).catch(() => {});
  const left = [
    ...processes.filter(isRunning).map(({ role, pid }) => `process ${pid} (${role})`),
    ...unnoted.filter(isRunning).map(({ pid }) => `process ${pid}`),
    ...remains,
    ...[directory, ...sockets].filter(existsSync),
  ];
  if (left.length === 0) await forgetState(directory);
  return left;
}
