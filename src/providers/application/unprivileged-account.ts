import { readFile } from 'node:fs/promises';
import { requireTool } from '../../support/tools.ts';

export interface Account {
  /** The program that drops to it. */
  readonly setpriv: string;
  readonly uid: number;
  readonly gid: number;
}

/** Whom a foreign server runs as when we are root: `mattermost` where there is such a user, else `nobody`. */
export async function findUnprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['mattermost', 'nobody']) {
    const [, , uid, gid] = accounts.find(([name]) => name === wanted) ?? [];
    if (uid === undefined || gid === undefined) continue;
    return { setpriv: await requireTool('setpriv'), uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
