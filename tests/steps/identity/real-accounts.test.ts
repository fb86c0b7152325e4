import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportUsers } from '../../../lab/identity/users.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import { auditAccounts } from '../../../src/steps/index.ts';
import type { TestContext } from '../../support/step-context.ts';
import {
  openRestoredCopies,
  REAL_BACKUPS,
  WITHOUT_BACKUPS,
  type RestoredCopies,
} from '../restore/restored-copies.ts';

interface Manifest {
  readonly outage_at: string;
  readonly users: readonly {
    readonly username: string;
    readonly email: string;
    readonly first_name: string;
    readonly last_name: string;
  }[];
  readonly credentials: {
    readonly sso: { readonly ids: Readonly<Record<string, number>>; readonly deactivated: string };
    readonly totp: { readonly username: string; readonly secret: string };
  };
}

describe.skipIf(!REAL_BACKUPS)(
  `the accounts of a real site (${REAL_BACKUPS ? 'there' : WITHOUT_BACKUPS})`,
  () => {
    let copies: RestoredCopies;
    let manifest: Manifest;
    beforeAll(async () => {
      copies = await openRestoredCopies();
      const file = path.join(REAL_BACKUPS ?? '', 'mattermost-11.6', 'manifest.json');
      manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
    }, 120_000);
    afterAll(async () => copies?.[Symbol.asyncDispose]());

    it('pass where the secondary IdP knows everybody, and break-glass has its authenticator', async () => {
      await using ctx = await audited();
      expect(ctx.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    }, 60_000);

    it('are missed where it still lets in whoever left', async () => {
      await using ctx = await audited(manifest.credentials.sso.deactivated);
      const missed = ctx.checks.filter(({ verdict }) => verdict !== 'passed');
      expect(missed.map(({ id, code }) => `${id} ${code}`)).toEqual([
        'identity.restored.deactivated DEACTIVATED_STILL_KNOWN',
      ]);
    }, 60_000);

    /** After an audit of the real site, with a secondary IdP that knows its active people and these. */
    async function audited(...alsoKnown: readonly string[]): Promise<TestContext> {
      const { credentials, users, outage_at: outageAt } = manifest;
      const { sso, totp } = credentials;
      const copy = await copies.copyOfReal();
      const unset = { env: 'MUSTER_TEST_UNSET' };
      const secondary = {
        kind: 'gitlab' as const,
        authorizationUrl: 'https://sso2.test/oauth/authorize',
        tokenUrl: 'https://sso2.test/oauth/token',
        userInfoUrl: 'https://sso2.test/api/v4/user',
        clientId: 'mattermost',
        clientSecret: unset,
      };
      const ctx = await copy.context(
        { identity: { secondary, primary: { hosts: ['sso.test'] } } },
        new Date(outageAt),
      );
      const secret = path.join(ctx.directory, 'totp');
      await writeFile(secret, totp.secret);
      const members: ConfigInput['members'] = [
        { username: 'responder1', password: unset },
        { username: totp.username, part: 'break-glass', password: unset, totp: { file: secret } },
        { username: sso.deactivated, part: 'deactivated', password: unset },
        { username: 'passer-by', part: 'stranger', password: unset },
      ];
      const file = path.join(ctx.directory, 'users.json');
      await exportUsers(
        users
          .filter(({ username }) => username in sso.ids)
          .filter(({ username }) => username !== sso.deactivated || alsoKnown.includes(username))
          .map(({ username, email, first_name, last_name }) => ({
            id: sso.ids[username] ?? 0,
            username,
            email,
            name: `${first_name} ${last_name}`,
            password: '',
          })),
        file,
      );
      Object.assign(ctx.config, { members });
      Object.assign(ctx.config.identity.secondary, { export: file });
      ctx.set('scratch', {
        directory: ctx.config.scratch.directory,
        address: '127.0.0.1',
        port: 1,
        databaseDirectory: null,
      } as never);
      await auditAccounts().run(ctx);
      return ctx;
    }
  },
);
