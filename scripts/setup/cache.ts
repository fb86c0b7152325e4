import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { toolCache } from '../../src/support/tool-folders.ts';
import type { ToolName } from '../../src/support/tools.ts';

/**
 * Fills `muster/<tool>-<version>/` in the user's cache. The folder appears only when `fill` has succeeded, so
 * an interrupted set-up never leaves half a tool that looks like a whole one.
 */
export async function installIntoCache(
  tool: ToolName,
  version: string,
  fill: (folder: string) => Promise<boolean>,
): Promise<boolean> {
  const cache = toolCache();
  await mkdir(cache, { recursive: true });
  const half = await mkdtemp(path.join(cache, `.${tool}-${version}-`));
  try {
    if (!(await fill(half))) return false;
    await chmod(half, 0o755);
    const whole = path.join(cache, `${tool}-${version}`);
    // Whatever is there did not answer its version question, or we would not be here.
    await rm(whole, { recursive: true, force: true });
    await rename(half, whole).catch((error: NodeJS.ErrnoException) => {
      // Another set-up was a moment faster: its copy is as good as ours.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return true;
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
