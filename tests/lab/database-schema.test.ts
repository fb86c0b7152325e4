import path from 'node:path';
import { execa } from 'execa';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../lab/database/schema/create-schema.ts';
import { MIGRATIONS } from '../../lab/database/schema/migrations.ts';
import { requireTool } from '../../src/support/tools.ts';
import { openThrowAwayDatabase, type ThrowAwayDatabase } from './throw-away-database.ts';

const backups = process.env['MUSTER_TEST_BACKUPS'];
const WITHOUT_BACKUPS = 'needs real backups: set MUSTER_TEST_BACKUPS to their folder';

/** What a schema consists of, each kind as name → definition, as PostgreSQL itself words it. */
const CATALOGUES = {
  tables: `select relname as name, concat(relkind, reloptions::text) as definition
    from pg_class where relnamespace = 'public'::regnamespace and relkind not in ('i', 'c')`,
  columns: `select attrelid::regclass || '.' || attname as name, concat_ws(' ', attnum, format_type(atttypid, atttypmod),
      case when attnotnull then 'not null' end, 'default ' || pg_get_expr(adbin, adrelid)) as definition
    from pg_attribute join pg_class on pg_class.oid = attrelid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'm') and attnum > 0 and not attisdropped`,
  indexes: `select indexname as name, indexdef as definition from pg_indexes where schemaname = 'public'`,
  constraints: `select conrelid::regclass || '.' || conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where connamespace = 'public'::regnamespace`,
  enums: `select typname as name, string_agg(enumlabel, ' ' order by enumsortorder) as definition
    from pg_enum join pg_type on pg_type.oid = enumtypid group by typname`,
  views: `select matviewname as name, concat(ispopulated, definition) as definition from pg_matviews`,
  migrations: `select version || '' as name, name as definition from db_migrations`,
  configMigrations: `select version || '' as name, name as definition from db_config_migrations`,
};
type Catalogue = Record<string, Record<string, string>>;

/** Where ours differs on purpose. All say the same in other words. */
const DIFFERENCES = {
  // A null default is no default.
  'columns channelbookmarks.fileinfoid': [
    '4 character varying(26) default NULL::character varying',
    '4 character varying(26)',
  ],
  'columns channelbookmarks.emoji': [
    '12 character varying(64) default NULL::character varying',
    '12 character varying(64)',
  ],
  'columns channelbookmarks.originalid': [
    '14 character varying(26) default NULL::character varying',
    '14 character varying(26)',
  ],
  'columns channelbookmarks.parentid': [
    '15 character varying(26) default NULL::character varying',
    '15 character varying(26)',
  ],
  // A number that was given as text.
  'columns channels.lastrootpostat': ["19 bigint default '0'::bigint", '19 bigint default 0'],
};

describe("the lab's schema", () => {
  let database: ThrowAwayDatabase;
  beforeAll(async () => {
    database = await openThrowAwayDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it('has 83 tables, 11 full-text indexes and 5 filled materialised views', async () => {
    const client = await database.create('counted');
    await createSchema(client);
    const { tables = {}, indexes = {}, views = {} } = await readCatalogues(client);
    expect(Object.values(tables).filter((kind) => kind.startsWith('r'))).toHaveLength(83);
    expect(Object.values(indexes).filter((definition) => definition.includes('USING gin'))).toHaveLength(11);
    expect(Object.values(views).filter((definition) => definition.startsWith('t'))).toHaveLength(5);
  });

  it('names 158 migrations up to 159, and never 110', () => {
    const versions = MIGRATIONS.map(({ version }) => version);
    expect(versions).toHaveLength(158);
    expect(Math.max(...versions)).toBe(159);
    expect(versions).not.toContain(110);
  });

  it.skipIf(!backups)(
    `equals that of a real 11.6 server, but for differences that have a reason${backups ? '' : ` (${WITHOUT_BACKUPS})`}`,
    async () => {
      const theirs = await database.create('theirs');
      await restoreRealDump(database, 'theirs');
      const ours = await database.create('ours');
      await createSchema(ours);
      const real = await readCatalogues(theirs);
      expect(findDifferences(real, await readCatalogues(ours))).toEqual(DIFFERENCES);

      await ours.query(`drop index idx_posts_message_txt; alter table users alter lastlogin drop default`);
      await ours.query(
        'alter table reactions alter createat set not null; alter table teams drop constraint teams_name_key',
      );
      const found = Object.keys(findDifferences(real, await readCatalogues(ours)));
      expect(found.filter((name) => !(name in DIFFERENCES)).toSorted()).toEqual([
        'columns reactions.createat',
        'columns users.lastlogin',
        'constraints teams.teams_name_key',
        'indexes idx_posts_message_txt',
        'indexes teams_name_key',
      ]);
    },
  );
});

async function restoreRealDump({ cluster }: ThrowAwayDatabase, name: string): Promise<void> {
  const dump = path.join(backups ?? '', 'mattermost-11.6', 'mattermost.dump');
  const address = [
    '--host',
    cluster.address,
    '--port',
    String(cluster.port),
    '--username',
    cluster.superuser,
  ];
  await execa(await requireTool('pg_restore'), [...address, '--exit-on-error', '--dbname', name, dump], {
    env: { PGPASSWORD: cluster.superuserPassword },
  });
}

async function readCatalogues(client: Client): Promise<Catalogue> {
  const catalogue: Catalogue = {};
  for (const [kind, query] of Object.entries(CATALOGUES)) {
    const { rows } = await client.query<{ name: string; definition: string }>(query);
    catalogue[kind] = Object.fromEntries(rows.map(({ name, definition }) => [name, definition]));
  }
  return catalogue;
}

/** Kind and name → definition there and here. */
function findDifferences(theirs: Catalogue, ours: Catalogue): Record<string, (string | undefined)[]> {
  const differences: Record<string, (string | undefined)[]> = {};
  for (const kind of Object.keys(CATALOGUES)) {
    const names = new Set([...Object.keys(theirs[kind] ?? {}), ...Object.keys(ours[kind] ?? {})]);
    for (const name of names) {
      const pair = [theirs[kind]?.[name], ours[kind]?.[name]];
      if (pair[0] !== pair[1]) differences[`${kind} ${name}`] = pair;
    }
  }
  return differences;
}
