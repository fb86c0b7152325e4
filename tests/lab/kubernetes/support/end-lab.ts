import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

const MUSTER = path.join(import.meta.dirname, '../../../../bin/muster.js');

/**
 * Takes down the lab in this register, however far who brought it up has come, and though a drill still has its scratch
 * on it. Rejects when something is left behind.
 */
export async function endLab(labs: string): Promise<void> {
  const names = await readdir(labs).catch(() => []);
  if (names.some((name) => name.endsWith('.json')))
    await execa(process.execPath, [MUSTER, 'lab', 'down', '--force'], { env: { MUSTER_LABS: labs } });
}
