import type { Client } from 'pg';
import { complianceTables } from './compliance.ts';
import { ENUM_TYPES } from './enum-types.ts';
import { federationTables } from './federation.ts';
import { integrationsTables } from './integrations.ts';
import { MATERIALISED_VIEWS, VIEW_INDEXES } from './materialised-views.ts';
import { messagesTables } from './messages.ts';
import { recordMigrations } from './migrations.ts';
import type { TableGroup } from './notation.ts';
import { propertiesTables } from './properties.ts';
import { rolesTables } from './roles.ts';
import { searchStatements, tableStatements } from './statements.ts';
import { systemTables } from './system.ts';
import { teamsAndChannelsTables } from './teams-and-channels.ts';
import { usersTables } from './users.ts';

/** Mattermost 11.6's tables, by name. */
export const TABLES: TableGroup = {
  ...usersTables,
  ...rolesTables,
  ...teamsAndChannelsTables,
  ...messagesTables,
  ...integrationsTables,
  ...federationTables,
  ...complianceTables,
  ...propertiesTables,
  ...systemTables,
};

/** Makes the whole schema of Mattermost 11.6 in an empty database, with its migration rows and nothing else. */
export async function createSchema(client: Client): Promise<void> {
  await createTables(client);
  await createSearchIndexes(client);
}

/** The schema without its full-text indexes: fill the tables first, and `createSearchIndexes` then is quicker. */
async function createTables(client: Client): Promise<void> {
  const types = Object.entries(ENUM_TYPES).map(([name, labels]) => {
    return `create type ${name} as enum (${labels.map((label) => `'${label}'`).join(', ')})`;
  });
  const views = Object.entries(MATERIALISED_VIEWS).map(
    ([name, query]) => `create materialized view ${name} as ${query}`,
  );
  const tables = Object.entries(TABLES).flatMap(([name, table]) => tableStatements(name, table));
  await client.query([...types, ...tables, ...views, ...VIEW_INDEXES].join(';\n'));
  await recordMigrations(client);
}

export async function createSearchIndexes(client: Client): Promise<void> {
  const indexes = Object.entries(TABLES).flatMap(([name, table]) => searchStatements(name, table));
  await client.query(indexes.join(';\n'));
}

/** For loading many rows at once: `createSearchIndexes` afterwards. */
export async function dropSearchIndexes(client: Client): Promise<void> {
  const names = Object.values(TABLES).flatMap(({ search = {} }) => Object.keys(search));
  await client.query(`drop index if exists ${names.join(', ')}`);
}

/** Brings the statistics of the materialised views up to date. */
export async function refreshMaterialisedViews(client: Client): Promise<void> {
  await client.query(
    Object.keys(MATERIALISED_VIEWS)
      .map((name) => `refresh materialized view ${name}`)
      .join(';\n'),
  );
}
