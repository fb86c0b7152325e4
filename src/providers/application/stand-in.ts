import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { ApplicationProvider } from './contract.ts';
import {
  dropTo,
  findUnprivilegedAccount,
  giveFolders,
  MAY_READ,
  type Account,
} from './unprivileged-account.ts';

const PROGRAM = path.join(import.meta.dirname, '..', '..', '..', 'lab', 'application', 'main.ts');

/** Muster's own server over Mattermost's tables, as a process of its own, with the Node that runs Muster. */
export function standIn(): ApplicationProvider {
  return {
    application: 'stand-in',
    async prepare({ directory }) {
      await mkdir(directory, { recursive: true });
      const account = await findUnprivilegedAccount();
      const node = [process.execPath, PROGRAM];
      let reach: readonly string[] = [];
      return {
        migrations: undefined,
        uid: account?.uid ?? process.getuid?.() ?? 0,
        launch: (env) => {
          const [command = '', ...args] = account
            ? [account.setpriv, ...dropTo(account), ...reach, ...node]
            : node;
          return { command, args, env: { ...env, HOME: directory }, cwd: directory };
        },
        async own(folders) {
          if (!account) return;
          const closed = await giveFolders(account, folders);
          if (closed.length > 0 || !(await canRun(account, node))) reach = MAY_READ;
        },
      };
    },
  };
}

async function canRun(account: Account, files: readonly string[]): Promise<boolean> {
  const tests = files.flatMap((file, i) => [...(i > 0 ? ['-a'] : []), '-r', file]);
  return !(await execa(account.setpriv, [...dropTo(account), 'test', ...tests], { reject: false })).failed;
}
