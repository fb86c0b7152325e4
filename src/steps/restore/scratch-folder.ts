import { mkdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { StepContext } from '../../model/drill.ts';

/** Makes a folder in the scratch that only we can read. The scratch itself stays open to the users that servers run as. */
export async function makeEmptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o755 });
  await mkdir(folder, { mode: 0o700 });
}

/** Takes a folder of the scratch away, and the scratch itself when that was the last thing in it. */
export async function removeFolder(ctx: Pick<StepContext, 'removed'>, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  ctx.removed({ kind: 'folder', name: folder });
  await rmdir(path.dirname(folder)).catch((error: NodeJS.ErrnoException) => {
    if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes(error.code ?? '')) throw error;
  });
}
