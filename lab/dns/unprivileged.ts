import { chmod, chown, copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { requireTool } from '../../src/support/tools.ts';

/** `nobody` and its group, by number: the group's name differs between distributions. */
const NOBODY = 65_534;

const isRoot = (): boolean => process.getuid?.() === 0;

/** Makes a file or folder belong to the user that the DNS servers run as; nothing to do when that is us. */
export async function giveToUnprivileged(file: string): Promise<void> {
  if (isRoot()) await chown(file, NOBODY, NOBODY);
}

export async function createUnprivilegedFolder(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await giveToUnprivileged(directory);
}

/**
 * A copy of the program in this folder. The AppArmor profiles that Debian and Ubuntu ship for named and unbound are
 * bound to the program's path and forbid configuration anywhere but under /etc; a copy has no profile.
 */
export async function copyProgram(program: string, directory: string): Promise<string> {
  const copy = path.join(directory, path.basename(program));
  await copyFile(program, copy);
  await chmod(copy, 0o755);
  return copy;
}

/** The command that runs this program without root's rights. */
export async function asUnprivileged(
  command: string,
  args: readonly string[],
): Promise<{ command: string; args: readonly string[] }> {
  if (!isRoot()) return { command, args };
  const setpriv = await requireTool('setpriv');
  return {
    command: setpriv,
    args: [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', command, ...args],
  };
}
