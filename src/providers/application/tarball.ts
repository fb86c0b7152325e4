import { access, constants, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DrillError } from '../../model/errors.ts';
import type { ApplicationProvider, Migration } from './contract.ts';
import { fetchArchive, type ArchiveSource } from './fetch-archive.ts';
import { unpack } from './unpack.ts';
import {
  cannotReach,
  dropTo,
  findUnprivilegedAccount,
  giveFolders,
  type Account,
} from './unprivileged-account.ts';

/** An official Mattermost archive, as its makers publish it: one folder `mattermost/` with `bin/mattermost` in it. */
export function tarball(source: ArchiveSource): ApplicationProvider {
  return {
    application: 'official',
    async prepare({ directory, signal, progress }) {
      await mkdir(directory, { recursive: true });
      const archive = await fetchArchive(source, { directory, signal, progress });
      const root = path.join(directory, 'mattermost');
      await rm(root, { recursive: true, force: true });
      progress('Unpacking the server');
      await unpack(archive.file, directory);
      if (archive.isTemporary) await rm(archive.file, { force: true });
      const program = path.join(root, 'bin', 'mattermost');
      await access(program, constants.X_OK).catch((cause: unknown) => {
        throw new DrillError(
          'BACKUP_UNREADABLE',
          `${source.archive} holds no executable mattermost/bin/mattermost`,
          {
            cause,
            hint: 'Set application.archive to a server archive as Mattermost publishes it (mattermost-…-linux-amd64.tar.gz).',
          },
        );
      });
      const account = await findUnprivilegedAccount();
      return {
        migrations: await readMigrations(root),
        uid: account?.uid ?? process.getuid?.() ?? 0,
        launch: (env) => asAccount(account, program, { env, cwd: root }),
        own: (folders) => own(account, [root, ...folders]),
      };
    },
  };
}

function asAccount(
  account: Account | undefined,
  program: string,
  rest: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
) {
  if (account === undefined) return { command: program, args: ['server'], ...rest };
  return {
    command: account.setpriv,
    args: [...dropTo(account), program, 'server'],
    ...rest,
    // Root's own home is closed to it.
    env: { ...rest.env, HOME: rest.cwd },
  };
}

async function own(account: Account | undefined, folders: readonly string[]): Promise<void> {
  if (account === undefined) return;
  const [closed] = await giveFolders(account, folders);
  if (closed !== undefined) throw cannotReach(account, closed);
}

/** `db/migrations/postgres/000159_add_something.up.sql`. Undefined for an archive that keeps them in its program. */
async function readMigrations(root: string): Promise<readonly Migration[] | undefined> {
  const folder = path.join(root, 'db', 'migrations', 'postgres');
  const names = await readdir(folder).catch(() => []);
  const migrations = names.flatMap((file) => {
    const [, version, name] = /^(\d+)_(.+)\.up\.sql$/.exec(file) ?? [];
    return version === undefined || name === undefined ? [] : [{ version: Number(version), name }];
  });
  return migrations.length === 0 ? undefined : migrations.toSorted((a, b) => a.version - b.version);
}
