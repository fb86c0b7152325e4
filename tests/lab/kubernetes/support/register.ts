import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { LabState } from '../../../../lab/state.ts';

const MUSTER = path.join(import.meta.dirname, '../../../../bin/muster.js');

/** The one lab in this register. Rejects when there is none. */
export async function readLab(labs: string): Promise<LabState> {
  const [entry] = await entries(labs);
  if (entry === undefined) throw new Error(`no lab is in ${labs}`);
  return JSON.parse(await readFile(path.join(labs, entry), 'utf8')) as LabState;
}

/**
 * Takes down the lab in this register, however far who brought it up has come, and though a drill still has its scratch
 * on it. Rejects when something is left behind.
 */
export async function endLab(labs: string): Promise<void> {
  if ((await entries(labs)).length > 0)
    await execa(process.execPath, [MUSTER, 'lab', 'down', '--force'], { env: { MUSTER_LABS: labs } });
}

/** What is being written has another ending. */
async function entries(labs: string): Promise<readonly string[]> {
  const names = await readdir(labs).catch(() => []);
  return names.filter((name) => name.endsWith('.json'));
}
