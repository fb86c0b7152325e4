import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../src/model/duration.ts';
import {
  processIds,
  readNamespace,
  readStartTime,
  stopProcess,
  type ProcessRef,
} from '../../src/support/processes.ts';
import type { KubernetesState } from '../state.ts';
import { findInCgroup, removeCgroup } from './cgroup.ts';
import { findNetwork, removeNetwork } from './network.ts';

/** Takes away what a Kubernetes lab leaves outside of its folder. Gives what would not go. */
export async function removeRemains({ network, cgroups }: KubernetesState): Promise<string[]> {
  for (const cgroup of cgroups) await endCgroup(cgroup).catch(() => {});
  const id = findNetwork(network);
  if (id !== undefined) await endNamespace('net', id).catch(() => {});
  const busy: string[] = [];
  for (const cgroup of cgroups) if (!(await removeCgroup(cgroup))) busy.push(`cgroup ${cgroup}`);
  await removeNetwork(network).catch(() => {});
  return [
    ...(id === undefined ? [] : findInNamespace('net', id).map(({ pid }) => `process ${pid}`)),
    ...busy,
    ...(findNetwork(network) === undefined ? [] : [`network namespace ${network}`]),
  ];
}

/** Ends all in a namespace (`net`, `mnt`), but for ourselves. */
export async function endNamespace(kind: string, id: string): Promise<void> {
  await endAll(async () => findInNamespace(kind, id));
}

export async function endCgroup(name: string): Promise<void> {
  await endAll(() => findInCgroup(name));
}

/** Again until nobody is found: who is about to be ended may start another. */
async function endAll(find: () => Promise<ProcessRef[]>): Promise<void> {
  const deadline = performance.now() + seconds(10);
  for (let found = await find(); found.length > 0 && performance.now() < deadline; found = await find()) {
    await Promise.all(found.map((process) => stopProcess(process, { signal: 'SIGKILL' })));
    await sleep(50);
  }
}

function findInNamespace(kind: string, id: string): ProcessRef[] {
  return processIds().flatMap((pid) => {
    const startTime = pid !== process.pid && readNamespace(pid, kind) === id && readStartTime(pid);
    return startTime ? [{ pid, startTime }] : [];
  });
}
