import { readFile } from 'node:fs/promises';
import type { Step, StepContext } from '../../model/drill.ts';
import { seconds } from '../../model/duration.ts';
import {
  readStoredConfiguration,
  type Configuration,
} from '../../providers/database/stored-configuration.ts';
import { runningEnvironment } from '../cluster/running-environment.ts';
import { configurationFile } from '../restore/quarantine.ts';
import { openRestored } from '../restore/restored-database.ts';
import { readEffectiveSettings } from './air-gap/effective-settings.ts';
import { judgeGroups, tabulate, type AirGapRow } from './air-gap/judge-settings.ts';
import { AIR_GAP_GROUPS, AIR_GAP_SETTINGS } from './air-gap/settings.ts';

/** Goes through every setting that lets a server call out, as it is in force in the restored site. */
export function airGapIsClosed(): Step {
  return {
    id: 'air-gap-is-closed',
    title: 'Audit what the site could call',
    needs: ['application', 'database', 'network', 'scratch'],
    promises: AIR_GAP_GROUPS.map((group) => `air-gap.${group}`),
    budget: seconds(60),
    plan: () => [
      `compare ${AIR_GAP_SETTINGS.length} settings, as they are in force, with what an isolated site must have`,
    ],
    async run(ctx) {
      const settings = readEffectiveSettings(await runningEnvironment(ctx), await readConfiguration(ctx));
      const network = ctx.get('network');
      const rows = tabulate({
        settings,
        declared: new Set(network.destinations.map(({ host }) => host)),
        isSealed: network.kind !== 'proxy',
      });
      const evidence = [await ctx.attach('air-gap.csv', renderTable(rows))];
      for (const check of judgeGroups(rows)) ctx.check({ ...check, evidence });
    },
  };
}

/** The one that the server reads: in the database, or its file. */
async function readConfiguration(ctx: StepContext): Promise<Configuration> {
  await using connection = await openRestored(ctx.get('database'), { readOnly: true });
  const stored = await readStoredConfiguration(connection.client);
  if (stored !== undefined) return stored;
  const file = await readFile(configurationFile(ctx.get('scratch')), 'utf8').catch(() => '{}');
  return JSON.parse(file) as Configuration;
}

function renderTable(rows: readonly AirGapRow[]): string {
  const columns = ['group', 'setting', 'value', 'where', 'calls', 'wanted', 'verdict'] as const;
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.map((row) => columns.map((column) => quote(row[column])).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}
