import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ConfigInput } from '../../src/model/config.ts';
import { begin, expectRefusal } from './support/attempt.ts';
import type { LabSite } from './support/lab-site.ts';
import { mountDisk } from '../../lab/small-disk.ts';

/** What a scratch may turn out to be. In each case whoever was there first stays unharmed. */
export function scratchCases(site: () => LabSite): void {
  it("leaves a stranger's file in the scratch folder alone", async () => {
    const directory = path.join(site().directory, 'lived-in');
    const file = path.join(directory, 'thesis.txt');
    await mkdir(directory);
    await writeFile(file, 'the only copy');
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: withScratch(site(), { directory }),
    });
    const { exitCode, output } = await attempt.ending;
    expect(exitCode, output).toBe(64);
    expect(output).toMatch(/scratch folder \S+ must be empty, and it holds 1 entry \[SCRATCH_NOT_EMPTY\]/);
    expect(output).toContain('entries: thesis.txt');
    expect(output).toContain('Muster deletes nothing that it did not make');
    expect(await readFile(file, 'utf8')).toBe('the only copy');
    expect(await attempt.leftovers()).toEqual([directory]);
  });

  it('leaves a database of somebody else alone, and says so before the restore', async () => {
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: withScratch(site(), { database: await givenServer(site(), { name: 'mattermost' }) }),
    });
    await expectRefusal(attempt, {
      code: 'SCRATCH_NOT_EMPTY',
      says: [
        /database "mattermost" on 127\.0\.0\.1:\d+ is there already/,
        /give scratch\.database\.name another value/,
      ],
    });
    const begun = attempt.journal().flatMap((event) => (event.type === 'step.started' ? [event.phase] : []));
    expect(begun).not.toContain('restore');
    const client = await site().server.connect('mattermost');
    const { rows } = await client
      .query('select count(*)::int as posts from posts')
      .finally(() => client.end());
    expect(rows[0].posts).toBeGreaterThan(600);
  });

  it("cannot log in to the scratch's server with a wrong password", async () => {
    const file = path.join(site().directory, 'wrong-password');
    await writeFile(file, 'hunter2hunter2');
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: withScratch(site(), { database: { ...(await givenServer(site())), password: { file } } }),
    });
    const { output } = await expectRefusal(attempt, {
      code: 'DATABASE_UNREACHABLE',
      says: [
        /cannot connect to database "postgres" on 127\.0\.0\.1:\d+: password authentication failed/,
        /hint: Check host, port, user and password of scratch\.database/,
      ],
    });
    expect(output).not.toContain('hunter2');
  });

  it("refuses a scratch at production's address", async () => {
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: withScratch(site(), { address: '127.0.0.10' }),
    });
    await expectRefusal(attempt, {
      code: 'SCRATCH_IS_PRODUCTION',
      says: ['127.0.0.10 is listed in site.production.hosts', 'Nothing was touched'],
    });
  });

  it("refuses a scratch at the address that production's name has, whatever the lists say", async () => {
    const config = withScratch(site(), { address: '127.0.0.10' });
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: { ...config, site: { ...config.site, production: { hosts: [] } } },
    });
    await expectRefusal(attempt, {
      code: 'SCRATCH_IS_PRODUCTION',
      says: ['chat.drill.test, which serves production, resolves to 127.0.0.10', 'Nothing was touched'],
    });
  });

  it("refuses production's database server, by its system identifier", async () => {
    const config = withScratch(site(), { database: await givenServer(site()) });
    const databaseSystemIdentifiers = [site().server.systemIdentifier];
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: { ...config, site: { ...config.site, production: { databaseSystemIdentifiers } } },
    });
    await expectRefusal(attempt, {
      code: 'SCRATCH_IS_PRODUCTION',
      says: [/is production's database server \(system identifier \d+\)/, 'Nothing was touched'],
    });
  });

  it("refuses a server that it cannot tell from production's", async () => {
    const config = withScratch(site(), { database: await givenServer(site()) });
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: { ...config, site: { ...config.site, production: {} } },
    });
    await expectRefusal(attempt, {
      code: 'SCRATCH_IS_PRODUCTION',
      says: [
        /site\.production\.databaseSystemIdentifiers is empty/,
        /select system_identifier from pg_control_system/,
      ],
    });
  });

  it('says whose turn it is when the port is taken', async () => {
    const config = site().newConfig();
    const { address, port } = config.scratch;
    const stranger = createServer().listen(port, address);
    await once(stranger, 'listening');
    try {
      const attempt = await begin(site(), { drill: 'database-only', config });
      await expectRefusal(attempt, {
        code: 'PORT_TAKEN',
        says: [`port ${port} on ${address} is taken`, /ss -ltnp/, /scratch\.port or scratch\.address/],
      });
    } finally {
      stranger.close();
    }
  });

  it('does not begin a restore for which the disk is too small', async (context) => {
    await using disk = await mountDisk(path.join(site().directory, 'small-disk'), '16m');
    if (!disk) return context.skip('mounting a small disk takes root');
    const directory = path.join(disk.path, 'scratch');
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: withScratch(site(), { directory }),
    });
    await expectRefusal(attempt, {
      code: 'DISK_TOO_SMALL',
      says: [
        /needs 512\.0 MiB .* and there is 1\d\.\d MiB free at/,
        /Free space there, or give scratch\.directory a larger disk/,
      ],
    });
  });
}

type Scratch = Extract<ConfigInput['scratch'], { kind: 'local' }>;

function withScratch(site: LabSite, changed: Partial<Scratch>): ConfigInput {
  const config = site.newConfig();
  return { ...config, scratch: { ...config.scratch, kind: 'local', ...changed } as Scratch };
}

async function givenServer(
  { server, directory }: LabSite,
  { name = 'muster_scratch' } = {},
): Promise<Extract<NonNullable<Scratch['database']>, { kind: 'server' }>> {
  const file = path.join(directory, 'given-server-password');
  await writeFile(file, server.superuserPassword, { mode: 0o600 });
  return {
    kind: 'server',
    host: server.address,
    port: server.port,
    user: server.superuser,
    password: { file },
    name,
  };
}
