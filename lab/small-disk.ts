import { mkdir, statfs } from 'node:fs/promises';
import { execa } from 'execa';

/** A disk of its own, to run out of. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Leaves hardly anything free. */
  fill(): Promise<void>;
}

/** Mounts an empty disk of this size here. Undefined where that is not allowed. */
export async function mountDisk(folder: string, size: string): Promise<SmallDisk | undefined> {
  await mkdir(folder);
  const options = `size=${size},mode=755`;
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { reject: false });
  if (mounted.failed) return undefined;
  return {
    path: folder,
    async fill() {
      const { blocks, bfree, bsize } = await statfs(folder);
      const used = (blocks - bfree) * bsize;
      // It lies in memory: rather than filled up, it is made smaller.
      await execa('mount', ['-o', `remount,size=${used + 2 ** 20}`, folder]);
    },
    async [Symbol.asyncDispose]() {
      await execa('umount', [folder]);
    },
  };
}
