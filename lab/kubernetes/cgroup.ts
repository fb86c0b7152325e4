import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { seconds } from '../../src/model/duration.ts';
import { readStartTime, type ProcessRef } from '../../src/support/processes.ts';
import { waitFor } from '../../src/support/wait-for.ts';

/** Makes it in each hierarchy: version 1 has one per controller, version 2 one for all (cgroups(7)). */
export async function makeCgroup(name: string): Promise<void> {
  for (const folder of await foldersOf(name)) await mkdir(folder, { recursive: true });
}

/** Whoever is in it or below. */
export async function findInCgroup(name: string): Promise<ProcessRef[]> {
  const pids = new Set<number>();
  for (const folder of await findFolders(name)) {
    const text = await readFile(path.join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const line of text.split('\n')) if (line !== '') pids.add(Number(line));
  }
  return [...pids].flatMap((pid) => {
    const startTime = readStartTime(pid);
    return startTime === undefined ? [] : [{ pid, startTime }];
  });
}

/** Whoever was in it was ended, and is a moment later gone from it. False when it is busy all the same. */
export async function removeCgroup(name: string): Promise<boolean> {
  const removed = await waitFor(
    async () => {
      for (const folder of await findFolders(name)) await rmdir(folder).catch(() => {});
      return (await findFolders(name)).length === 0 ? true : undefined;
    },
    { timeout: seconds(5) },
  );
  return removed ?? false;
}

/** Its folders that are there, the deepest first. */
async function findFolders(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of (await foldersOf(name)).filter(existsSync)) {
    const below = await readdir(folder, { recursive: true, withFileTypes: true });
    found.push(
      folder,
      ...below
        .filter((entry) => entry.isDirectory())
        .map(({ parentPath, name }) => path.join(parentPath, name)),
    );
  }
  return found.toSorted((a, b) => b.length - a.length);
}

async function foldersOf(name: string): Promise<string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const place = before.split(' ')[4];
    return place !== undefined && /^cgroup2? /.test(after) ? [path.join(place, name)] : [];
  });
}
