import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import type { LabCluster } from '../../../lab/database/cluster.ts';
import { knowsRestrict, restricted } from '../../../src/providers/database/psql-restriction.ts';
import { findTool, requireTool } from '../../../src/support/tools.ts';
import { openThrowAwayDatabase } from '../../lab/throw-away-database.ts';

it.each([
  ['15.13', false],
  ['15.14', true],
  ['17.5', false],
  ['17.10', true],
  ['18.0', true],
  ['19.1', true],
  ['12.22', false],
])('knows whether psql %s can be restricted: %s', (version, expected) => {
  expect(knowsRestrict(version)).toBe(expected);
});

it('keeps psql from starting a program that a dump names', async (test) => {
  test.skip(!knowsRestrict((await findTool('psql'))?.version ?? ''), 'this psql has no \\restrict');
  await using database = await openThrowAwayDatabase();
  const script = 'select 40 + 2;\n\\! echo started\n';
  const dump = (async function* () {
    yield Buffer.from(script);
  })();
  expect(await runPsql(database.cluster, script)).toContain('started\n');
  const said = await runPsql(database.cluster, await text(restricted(dump)));
  expect(said).toContain('42');
  expect(said).not.toContain('started\n');
});

/** What psql prints for a script. */
async function runPsql({ address, port, user, password }: LabCluster, script: string): Promise<string> {
  const { all } = await execa(await requireTool('psql'), ['--no-psqlrc', '--tuples-only', '--file=-'], {
    input: script,
    env: {
      PGHOST: address,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: 'mattermost',
    },
    all: true,
    reject: false,
  });
  return `${all}\n`;
}
