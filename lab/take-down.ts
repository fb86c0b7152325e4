import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { seconds } from '../src/model/duration.ts';
import { isRunning, stopProcess } from '../src/support/processes.ts';
import { forgetState, type LabState } from './state.ts';

/** Also what a lab that failed to come up, or whose process died, has left. */
export async function takeDown(state: LabState): Promise<string[]> {
  for (const process of state.processes.toReversed()) await stopProcess(process, { grace: seconds(3) });
  for (const socket of state.sockets) await rm(socket, { force: true });
  await rm(state.directory, { recursive: true, force: true });
  await forgetState(state.directory);
  return [
    ...state.processes.filter(isRunning).map(({ role, pid }) => `process ${pid} (${role})`),
    ...[state.directory, ...state.sockets].filter(existsSync),
  ];
}
