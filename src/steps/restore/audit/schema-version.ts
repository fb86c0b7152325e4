import type { Client } from 'pg';
import type { Check } from '../../../model/check.ts';
import { readMigrations } from '../../../providers/database/migrations.ts';

/** Mattermost 11.6 has no migration of this number: it was withdrawn before its release. */
const NEVER_RELEASED = [110];

/**
 * The only trace of the server's version in a database is its list of migrations. Looks whether that list can be
 * one that a server wrote: each number once, with a name, and none left out.
 */
export async function checkSchemaVersion(client: Client): Promise<Check> {
  const migrations = await readMigrations(client).catch(() => []);
  const versions = new Set(migrations.map(({ version }) => version));
  const newest = Math.max(0, ...versions);
  const absent = Array.from({ length: newest }, (_, i) => i + 1).filter(
    (version) => !versions.has(version) && !NEVER_RELEASED.includes(version),
  );
  const problems = [
    migrations.length === 0 && 'no migration at all',
    versions.size < migrations.length && 'a migration is there twice',
    migrations.some(({ name }) => name === '') && 'a migration has no name',
    absent.length > 0 && `without ${absent.slice(0, 5).join(', ')}${absent.length > 5 ? ' and more' : ''}`,
  ].filter((problem) => problem !== false);

  const seen = `${migrations.length} migrations, the newest is ${newest}`;
  const check = {
    id: 'audit.schema-version',
    claim: 'The list of schema migrations is whole',
    expected: 'every migration up to the newest, once',
    metric: { key: 'schema_version', value: newest, unit: 'migration' },
  };
  if (problems.length === 0) return { ...check, verdict: 'passed', seen };
  return {
    ...check,
    verdict: 'missed',
    seen: `${seen}; ${problems.join('; ')}`,
    code: 'SCHEMA_INCOMPLETE',
    hint: 'The server runs a migration again whose row is missing, and may fail. Compare with `db_migrations` in production.',
  };
}
