import { describe, expect, it } from 'vitest';
import { findDatabaseBackup } from '../../../src/steps/backups/find-database.ts';
import { openBackupStore } from '../../../src/steps/backups/open-stores.ts';
import { readUsersFromDump, type DumpUser } from '../../../src/steps/backups/read-users.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import {
  putBackups,
  putDump,
  readReal,
  readRealManifest,
  realBackups,
  whyNoRealBackups,
} from './real-backups.ts';

describe.skipIf(realBackups === undefined)(`reading users from a dump (${whyNoRealBackups})`, () => {
  for (const dump of ['mattermost.dump', 'mattermost.dir', 'mattermost.sql.gz']) {
    it(`gives all of them as the server knew them: ${dump}`, async () => {
      await using ctx = await openStepContext();
      await putBackups(ctx, [dump]);
      const users = await read(ctx);
      const { users: expected } = await readRealManifest();
      expect(users.map(byName).toSorted()).toEqual(
        expected.map((user) => String(user['username'])).toSorted(),
      );
      for (const user of expected) {
        expect(users.find(({ id }) => id === user['id'])).toEqual({
          id: user['id'],
          username: user['username'],
          email: user['email'],
          name: [user['first_name'], user['last_name']].filter(Boolean).join(' '),
          authService: user['auth_service'],
          authData: user['auth_data'],
          deleteAt: user['delete_at'],
          roles: user['roles'],
        });
      }
    });
  }

  it('says that a dump is damaged rather than giving fewer users', async () => {
    await using ctx = await openStepContext();
    await putDump(ctx, 'mattermost.dump', (await readReal('mattermost.dump')).subarray(0, 215_000));
    await expect(read(ctx)).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
  });

  it('says that a dump has no users', async () => {
    await using ctx = await openStepContext();
    await putDump(
      ctx,
      'empty.sql',
      '--\n-- PostgreSQL database dump\n--\n\n--\n-- PostgreSQL database dump complete\n--\n',
    );
    await expect(read(ctx)).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
  });
});

const byName = ({ username }: DumpUser): string => username;

async function read(ctx: TestContext): Promise<DumpUser[]> {
  await using store = await openBackupStore(ctx);
  const { newest } = await findDatabaseBackup(store, {
    prefix: 'db/',
    outageAt: new Date(),
    signal: ctx.signal,
  });
  if (!newest) throw new Error('no dump was found');
  return readUsersFromDump(ctx, newest);
}
