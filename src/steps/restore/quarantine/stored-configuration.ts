import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { Configuration } from '../../../providers/database/stored-configuration.ts';
import { tableExists } from '../../../providers/database/table-exists.ts';
import { newId } from '../../../support/new-id.ts';
import { leaves, type ProductionAddresses } from './production-addresses.ts';
import { applySettings, settingsThatDiffer } from './settings.ts';

/** Puts the one given configuration in the place of all rows: older ones hold production's secrets as well. */
export async function replaceStoredConfiguration(
  client: Client,
  configuration: Configuration | undefined,
): Promise<number> {
  if (!(await tableExists(client, 'configurations'))) return 0;
  const removed = (await client.query('DELETE FROM configurations')).rowCount ?? 0;
  if (configuration !== undefined) {
    const value = JSON.stringify(configuration);
    await client.query(
      `INSERT INTO configurations (id, value, createat, active, sha) VALUES ($1, $2, $3, true, $4)`,
      [newId(), value, Date.now(), createHash('sha256').update(value).digest('hex')],
    );
  }
  return removed;
}

/** A configuration that reaches nothing of production's. */
export function quarantineConfiguration(
  configuration: Configuration,
  addresses: ProductionAddresses,
): Configuration {
  return replaceIn(applySettings(configuration), addresses) as Configuration;
}

/** What is still not as quarantine wants it: a setting, or an address. */
export function faultsOf(configuration: Configuration, addresses: ProductionAddresses): readonly string[] {
  return [
    ...settingsThatDiffer(configuration),
    ...leaves(configuration)
      .filter(({ value }) => addresses.find(value).length > 0)
      .map(({ path }) => path),
  ];
}

function replaceIn(value: unknown, addresses: ProductionAddresses): unknown {
  if (typeof value === 'string') return addresses.replace(value);
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, addresses));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, replaceIn(child, addresses)]));
}
