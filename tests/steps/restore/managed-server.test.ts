import { chown, copyFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../../../lab/tls.ts';
import { createCluster, type Cluster } from '../../../src/providers/database/cluster.ts';
import { targetEnvironment, withClient, type Target } from '../../../src/providers/database/target.ts';
import { backupsAreFresh } from '../../../src/steps/preflight/backups-are-fresh.ts';
import { restoreDatabase } from '../../../src/steps/restore/restore-database.ts';
import { completeDatabase } from '../../../src/steps/verify/complete-database.ts';
import { findFreePort } from '../../../src/support/ports.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { putBackups, putDump, realBackups, whyNoRealBackups } from '../backups/real-backups.ts';

const LIMITED = 'muster_restore';
const PASSWORD = 'invented-for-this-test';

/** A server as Aurora and Azure give one: TLS only, nobody is superuser, and dumps of it have extensions and other owners. */
describe.skipIf(realBackups === undefined)(`a managed database server (${whyNoRealBackups})`, () => {
  let home: TestContext;
  let server: Cluster;
  let superuser: Target;
  let dump: Buffer;
  const at = (name: string) => path.join(home.directory, name);

  beforeAll(async () => {
    process.env['MUSTER_TEST_SCRATCH_PASSWORD'] = PASSWORD;
    home = await openStepContext();
    const port = await findFreePort();
    server = await createCluster({
      directory: at('server'),
      port,
      address: '127.0.0.1',
      superuserPassword: PASSWORD,
    });
    const admin = { host: '127.0.0.1', port, user: 'postgres', password: PASSWORD };
    superuser = { ...admin, database: 'postgres' };
    await demandTls();
    await run('create role mattermost_app', `create role ${LIMITED} login createdb password '${PASSWORD}'`);
    dump = await dumpOfAnother({ ...admin, database: 'source' });
  }, 120_000);
  afterAll(async () => {
    delete process.env['MUSTER_TEST_SCRATCH_PASSWORD'];
    await server?.stop();
    await home?.[Symbol.asyncDispose]();
  });

  it('takes a dump with an extension and other owners from a role that may only make databases, by verified TLS', async () => {
    await using ctx = await openRestore({ sslRootCert: at('ca/ca.pem') });
    const step = restoreDatabase();
    await step.run(ctx);
    expect(ctx.checkOf('restore.rows-match-dump').verdict).toBe('passed');
    await completeDatabase().run(ctx);
    expect(ctx.checkOf('complete.indexes-valid').verdict).toBe('passed');
    const restored = { ...superuser, database: ctx.get('database').name };
    await withClient(restored, async (client) => {
      const { rows } = await client.query(`
        select (select rolname from pg_roles where oid = relowner) as owner, relacl as acl,
          (select count(*)::int from pg_extension where extname = 'pg_trgm') as trgm
        from pg_class where oid = 'public.posts'::regclass`);
      expect(rows).toEqual([{ owner: LIMITED, acl: null, trgm: 1 }]);
    });
    await step.undo?.(ctx);
    expect([...ctx.resources]).toEqual([]);
  });

  it('is not spoken to where another authority made its certificate', async () => {
    const other = await createCertificateAuthority(at('other'));
    await using ctx = await openRestore({ sslRootCert: other.certFile });
    await expect(restoreDatabase().run(ctx)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  async function openRestore({ sslRootCert }: { sslRootCert: string }): Promise<TestContext> {
    const ctx = await openStepContext({
      outageAt: new Date('2026-11-21T18:00:00Z'),
      config: {
        scratch: {
          kind: 'local',
          directory: at('scratch'),
          database: {
            kind: 'server',
            host: 'localhost',
            port: superuser.port,
            user: LIMITED,
            password: { env: 'MUSTER_TEST_SCRATCH_PASSWORD' },
            sslRootCert,
          },
        },
      },
    });
    ctx.set('scratch', {
      ...{ directory: at('scratch'), databaseDirectory: null, address: '127.0.0.1', port: 0 },
    });
    await putBackups(ctx, ['files.tar.gz']);
    await putDump(ctx, 'mattermost.dump', dump);
    await backupsAreFresh().run(ctx);
    return ctx;
  }

  /** A certificate for the server, and nobody but the superuser comes in without TLS. */
  async function demandTls(): Promise<void> {
    const authority = await createCertificateAuthority(at('ca'));
    const pair = await issueCertificate(authority, { names: ['localhost'] });
    const { data_directory: data, hba_file: hba } = await withClient(superuser, async (client) => {
      const { rows } = await client.query<{ data_directory: string; hba_file: string }>(
        `select current_setting('data_directory') as data_directory, current_setting('hba_file') as hba_file`,
      );
      return rows[0] ?? expect.fail();
    });
    const { uid, gid } = await stat(data);
    for (const [from, to] of [
      [pair.certFile, 'server.crt'],
      [pair.keyFile, 'server.key'],
    ] as const) {
      await copyFile(from, path.join(data, to));
      await chown(path.join(data, to), uid, gid);
    }
    expect(await readFile(hba, 'utf8')).toMatch(/^host\s/m);
    await run(
      'alter system set ssl = on',
      `create temporary table hba (line text)`,
      `insert into hba values ('host all postgres 127.0.0.1/32 scram-sha-256'), ('hostssl all all 127.0.0.1/32 scram-sha-256')`,
      `copy hba to '${hba}'`,
      'select pg_reload_conf()',
    );
  }

  async function dumpOfAnother(source: Target): Promise<Buffer> {
    await run('create database source');
    const file = path.join(realBackups ?? '', 'mattermost.dump');
    const env = targetEnvironment(source);
    await execa(await requireTool('pg_restore'), ['--no-owner', '--dbname', source.database, file], { env });
    await withClient(source, async (client) => {
      await client.query('create extension pg_trgm');
      await client.query('alter table posts owner to mattermost_app');
      await client.query('grant select on posts to public');
    });
    const { stdout } = await execa(await requireTool('pg_dump'), ['--format=custom', source.database], {
      env,
      encoding: 'buffer',
    });
    return Buffer.from(stdout);
  }

  function run(...statements: readonly string[]): Promise<void> {
    return withClient(superuser, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  }
});
