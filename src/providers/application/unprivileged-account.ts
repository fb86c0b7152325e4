import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { DrillError } from '../../model/errors.ts';
import { requireTool } from '../../support/tools.ts';

export interface Account {
  /** The program that drops to it. */
  readonly setpriv: string;
  readonly uid: number;
  readonly gid: number;
}

/** Between what Debian gives to users (up to 59999) and what systemd gives to services (from 61184). */
const FIRST_OF_OURS = 60_606;

/**
 * Whom the server runs as when we are root: `mattermost` where there is such a user, else an id that nobody has. What
 * it tries to reach is told from the rest of the scratch by that.
 */
export async function findUnprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const setpriv = await requireTool('setpriv');
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = accounts.find(([name]) => name === 'mattermost') ?? [];
  if (uid !== undefined && gid !== undefined) return { setpriv, uid: Number(uid), gid: Number(gid) };
  const taken = new Set(accounts.flatMap(([, , id, group]) => [Number(id), Number(group)]));
  let own = FIRST_OF_OURS;
  while (taken.has(own)) own += 1;
  return { setpriv, uid: own, gid: own };
}

/** Arguments of setpriv(1) that run a command as this account and nothing more. */
export function dropTo({ uid, gid }: Account): readonly string[] {
  return [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'];
}

/** More arguments, for a program of our own: where it was checked out may be closed to others. It may read everything. */
export const MAY_READ: readonly string[] = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];

/** Gives folders to the account, and finds those that it cannot reach: one above them is closed. */
export async function giveFolders(account: Account, folders: readonly string[]): Promise<readonly string[]> {
  await execa('chown', ['-R', '-h', `${account.uid}:${account.gid}`, ...folders]);
  const tried = await Promise.all(
    folders.map(async (folder) => ({
      folder,
      ...(await execa(account.setpriv, [...dropTo(account), 'test', '-w', folder], { reject: false })),
    })),
  );
  return tried.filter(({ failed }) => failed).map(({ folder }) => folder);
}

export const cannotReach = ({ uid }: Account, folder: string): DrillError =>
  new DrillError('CONFIG_INVALID', `user ${uid}, whom the server runs as, cannot reach ${folder}`, {
    hint: 'Each folder above scratch.directory must be open to other users (chmod o+x), or run Muster as an ordinary user.',
  });
