import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { connectionOptions } from './database.ts';
import { newId } from './ids.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings-defaults.ts';

type Section = Record<string, unknown>;
type Sections = Record<string, Section>;

export interface Configuration {
  readonly settings: Settings;
  /** Everything, also the sections that the stand-in does not read, as GET /config answers it. */
  readonly all: Sections;
  /** Which settings an environment variable overrides, in the form of GET /config/environment. */
  readonly environment: Record<string, Record<string, true>>;
  readonly hash: string;
}

/**
 * Reads the configuration as Mattermost does: from the active row of `configurations` when MM_CONFIG is a
 * postgres:// address, else from a JSON file; MM_<SECTION>_<KEY> variables override it and are never stored.
 * A stored SqlSettings.DataSource counts unless MM_SQLSETTINGS_DATASOURCE overrides it.
 */
export async function loadConfiguration(
  source: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Configuration> {
  const stored =
    source && /^postgres(ql)?:\/\//.test(source) ? await readStoredRow(source) : await readJsonFile(source);
  const all = merge(DEFAULT_SETTINGS, stored);
  const overridden = applyEnvironment(all, environment);
  const hash = createHash('sha256').update(JSON.stringify(all)).digest('hex');
  return { settings: all as unknown as Settings, all, environment: overridden, hash };
}

async function readJsonFile(path: string | undefined): Promise<Sections> {
  try {
    return parseSections(await readFile(path ?? 'config/config.json', 'utf8'), path ?? 'config/config.json');
  } catch (error) {
    // No file at the default place is a first start; a file that was named must be there.
    if (path === undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

async function readStoredRow(dataSource: string): Promise<Sections> {
  const client = new Client(connectionOptions(dataSource));
  await client.connect();
  try {
    const { rows } = await client.query<{ value: string }>(
      'SELECT value FROM configurations WHERE active LIMIT 1',
    );
    if (rows[0]) return parseSections(rows[0].value, 'the active row of configurations');
    // As the official server: a first start stores the defaults, and with them the address it was given.
    const first = merge(DEFAULT_SETTINGS, { SqlSettings: { DataSource: dataSource } });
    const value = JSON.stringify(first);
    const sha = createHash('sha256').update(value).digest('hex');
    await client.query(
      'INSERT INTO configurations (id, value, createat, active, sha) VALUES ($1, $2, $3, true, $4)',
      [newId(), value, Date.now(), sha],
    );
    return first;
  } finally {
    await client.end();
  }
}

function parseSections(text: string, where: string): Sections {
  try {
    return JSON.parse(text) as Sections;
  } catch (cause) {
    throw new Error(`${where} is not JSON`, { cause });
  }
}

function merge(defaults: object, stored: Sections): Sections {
  const merged = structuredClone(defaults) as Sections;
  for (const [name, section] of Object.entries(stored)) merged[name] = { ...merged[name], ...section };
  return merged;
}

function applyEnvironment(
  all: Sections,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, Record<string, true>> {
  const overridden: Record<string, Record<string, true>> = {};
  for (const [sectionName, section] of Object.entries(all)) {
    for (const [key, current] of Object.entries(section)) {
      const text = environment[`MM_${sectionName}_${key}`.toUpperCase()];
      if (text === undefined) continue;
      section[key] = convert(text, current);
      (overridden[sectionName] ??= {})[key] = true;
    }
  }
  return overridden;
}

/** Lists split at spaces, maps are JSON, everything else has the type of the value it replaces. */
function convert(text: string, current: unknown): unknown {
  if (typeof current === 'boolean') return ['1', 't', 'true'].includes(text.toLowerCase());
  if (typeof current === 'number') return Number(text);
  if (Array.isArray(current)) return text.split(' ');
  if (typeof current === 'object' && current !== null) return JSON.parse(text);
  return text;
}
