import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import type { Check } from '../../model/check.ts';
import type { Config } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { minutes } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { QuarantineFacts, ScratchFacts } from '../../model/facts.ts';
import {
  readStoredConfiguration,
  type Configuration,
} from '../../providers/database/stored-configuration.ts';
import { fetchConfigurationFile } from '../backups/fetch-configuration.ts';
import { findScratchCluster } from '../cluster/scratch-cluster.ts';
import { quarantineNamespace, scanNamespace } from './cluster/quarantine-namespace.ts';
import { countArmed, disarm, HAZARD_GROUPS, type Disarmed, type HazardGroup } from './quarantine/hazard.ts';
import { HAZARDS } from './quarantine/hazards.ts';
import { replaceInDatabase, scanDatabase, scanValues, type Scan } from './quarantine/places.ts';
import { collectProductionAddresses, type ProductionAddresses } from './quarantine/production-addresses.ts';
import { refuseProduction } from './quarantine/refuse-production.ts';
import { quarantineEnvironment } from './quarantine/settings.ts';
import {
  faultsOf,
  quarantineConfiguration,
  replaceStoredConfiguration,
} from './quarantine/stored-configuration.ts';
import { openRestored } from './restored-database.ts';

/**
 * Makes the restored copy harmless before anything starts on it: nobody is signed in, nothing fires by itself, nothing
 * points at production. Then looks again with fresh eyes, and stops the run when an address of production is left.
 */
export function quarantine(): Step {
  return {
    id: 'quarantine',
    title: 'Put the copy in quarantine',
    needs: ['database', 'cluster', 'backups', 'scratch'],
    gives: ['quarantine'],
    promises: [
      ...HAZARD_GROUPS.map((group) => `quarantine.${group}`),
      'quarantine.configuration',
      'quarantine.no-production-address',
    ],
    budget: minutes(30),
    plan: ({ site, identity }: Config) => [
      'refuse unless the database carries this run’s mark',
      ...HAZARD_GROUPS.map(
        (group) =>
          `${group}: ${[...new Set(HAZARDS.filter((hazard) => hazard.group === group).map(({ table }) => table))].join(', ')}`,
      ),
      'configuration: no mail, push, webhooks, jobs, plugins, cluster; no address of production',
      `scan settings and integrations for ${[...site.production.hosts, ...identity.primary.hosts].join(', ')} and all that the backup points at`,
    ],
    run,
    undo,
  };
}

/** Where the restored site keeps what is neither database nor files. */
export const applicationFolder = ({ directory }: ScratchFacts): string => path.join(directory, 'application');
export const configurationFile = (scratch: ScratchFacts): string =>
  path.join(applicationFolder(scratch), 'config', 'config.json');

async function run(ctx: StepContext): Promise<void> {
  await using connection = await openRestored(ctx.get('database'));
  const { client } = connection;
  await refuseProduction(ctx, client);
  const file = await fetchConfigurationFile(ctx);
  const stored = await readStoredConfiguration(client);
  const addresses = collectProductionAddresses(ctx.config, ctx.get('cluster'), [stored, file]);

  const done = await disarmAll(ctx, client, stored, addresses);
  const inCluster = await findScratchCluster(ctx);
  if (inCluster !== undefined) {
    const { cluster, settings } = inCluster;
    const { signal } = ctx;
    const changed = await quarantineNamespace(cluster, settings.namespace, addresses, { signal });
    ctx.progress(`Took production's secrets and addresses out of ${changed} objects of the namespace`);
  }
  if (file !== undefined) await writeConfigurationFile(ctx, quarantineConfiguration(file, addresses));

  const evidence = [await ctx.attach('quarantine.csv', renderTable(done))];
  for (const check of await secondLook(client, done)) ctx.check({ ...check, evidence });
  const configuration = await judgeConfiguration(ctx, client, addresses, [stored, file]);
  ctx.check({ ...configuration, evidence });
  const facts = await scan(ctx, client, addresses, {
    hasFile: file !== undefined,
    startsFromFile: stored === undefined,
  });
  // Without the fact nothing starts. A site whose configuration was not backed up has harmless defaults, and may.
  if (configuration.code !== 'QUARANTINE_INCOMPLETE') ctx.set('quarantine', facts);
}

async function disarmAll(
  ctx: StepContext,
  client: Client,
  stored: Configuration | undefined,
  addresses: ProductionAddresses,
): Promise<readonly Disarmed[]> {
  const done: Disarmed[] = [];
  await client.query('BEGIN');
  try {
    for (const hazard of HAZARDS) {
      ctx.signal.throwIfAborted();
      done.push(await disarm(client, hazard));
    }
    await replaceStoredConfiguration(client, stored && quarantineConfiguration(stored, addresses));
    const replaced = await replaceInDatabase(client, addresses);
    await client.query('COMMIT');
    for (const group of HAZARD_GROUPS) ctx.progress(`Quarantine of ${group}: ${summarise(done, group)}`);
    if (replaced > 0) ctx.progress(`Put production's addresses out of reach in ${replaced} more rows`);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
  return done;
}

/** Looks at the result as if nothing had been done: is anything still dangerous? */
export async function secondLook(client: Client, done: readonly Disarmed[] = []): Promise<readonly Check[]> {
  const left = new Map<HazardGroup, string[]>(HAZARD_GROUPS.map((group) => [group, []]));
  for (const hazard of HAZARDS) {
    const armed = await countArmed(client, hazard);
    if (armed > 0) left.get(hazard.group)?.push(`${armed} ${hazard.what}`);
  }
  return HAZARD_GROUPS.map((group): Check => {
    const armed = left.get(group) ?? [];
    const check = { id: `quarantine.${group}`, claim: CLAIMS[group], expected: 'nothing is left' };
    if (armed.length === 0)
      return { ...check, verdict: 'passed', seen: `nothing is left; ${summarise(done, group)}` };
    return {
      ...check,
      verdict: 'missed',
      seen: `still there: ${armed.join(', ')}`,
      code: 'QUARANTINE_INCOMPLETE',
      hint: 'The site is not started on this copy. Something writes to the scratch database, or a trigger undoes changes.',
    };
  });
}

const CLAIMS: Readonly<Record<HazardGroup, string>> = {
  credentials: 'No session, token or credential that came with the copy still works',
  integrations: 'No webhook, command, plugin or partner site is called from the copy',
  schedules: 'Nothing that was planned in production fires in the copy',
};

async function judgeConfiguration(
  ctx: StepContext,
  client: Client,
  addresses: ProductionAddresses,
  original: readonly (Configuration | undefined)[],
): Promise<Check> {
  const check = {
    id: 'quarantine.configuration',
    claim: 'The configuration that came with the copy can reach nothing outside',
    expected: 'every setting of the quarantine, and no older configuration',
  };
  if (original.every((configuration) => configuration === undefined)) {
    return {
      ...check,
      verdict: 'missed',
      seen: 'no configuration came with the backup, neither in the database nor as a file',
      code: 'CONFIGURATION_MISSING',
      hint: 'Back up config.json and set backups.configuration; without it the restored site has default settings.',
    };
  }
  const stored = await readStoredConfiguration(client);
  const file = ctx.get('scratch');
  const written =
    original[1] === undefined
      ? undefined
      : (JSON.parse(await readFile(configurationFile(file), 'utf8')) as Configuration);
  const faults = [stored, written].flatMap((configuration) =>
    configuration === undefined ? [] : faultsOf(configuration, addresses),
  );
  const rows =
    original[0] === undefined
      ? 0
      : ((await client.query<{ n: number }>('SELECT count(*)::int AS n FROM configurations')).rows[0]?.n ??
        0);
  if (faults.length === 0 && rows <= 1) {
    const where = [stored && 'the database', written && 'config.json'].filter(Boolean).join(' and ');
    return { ...check, verdict: 'passed', seen: `so in ${where}` };
  }
  return {
    ...check,
    verdict: 'missed',
    seen: [...faults.slice(0, 5), ...(rows > 1 ? [`${rows - 1} older configurations`] : [])].join(', '),
    code: 'QUARANTINE_INCOMPLETE',
    hint: 'The site is not started on this copy.',
  };
}

async function scan(
  ctx: StepContext,
  client: Client,
  addresses: ProductionAddresses,
  { hasFile, startsFromFile }: { readonly hasFile: boolean; readonly startsFromFile: boolean },
): Promise<QuarantineFacts> {
  const environment = {
    ...quarantineEnvironment(),
    ...(hasFile && startsFromFile && { MM_CONFIG: configurationFile(ctx.get('scratch')) }),
  };
  const inCluster = await findScratchCluster(ctx);
  const { signal } = ctx;
  const scans: Scan[] = [
    ...(inCluster === undefined
      ? []
      : await scanNamespace(inCluster.cluster, inCluster.settings.namespace, addresses, { signal })),
    await scanDatabase(client, addresses),
    scanValues('environment', environment, addresses),
    ...(hasFile
      ? [
          scanValues(
            'file',
            { 'config.json': await readFile(configurationFile(ctx.get('scratch')), 'utf8') },
            addresses,
          ),
        ]
      : []),
  ];
  const findings = scans.flatMap((one) => one.findings);
  const places = scans.reduce((sum, one) => sum + one.places, 0);
  const evidence = [
    await ctx.attach(
      'production-addresses.json',
      `${JSON.stringify({ lookedFor: addresses.patterns, places, findings }, null, 2)}\n`,
    ),
  ];
  const check = {
    id: 'quarantine.no-production-address',
    claim: 'No setting or integration of the copy names an address of production',
    expected: `none of ${addresses.patterns.length} addresses in ${places} places`,
    evidence,
  };
  const [first] = findings;
  if (first === undefined) {
    ctx.check({ ...check, verdict: 'passed', seen: 'none' });
    return { environment, scannedPlaces: places, productionAddresses: addresses.patterns };
  }
  const seen = findings
    .slice(0, 5)
    .map(({ place, host }) => `${host} in ${place}`)
    .join('; ');
  const hint = `Remove it in production, or take it off site.production.hosts if it may be reached. See ${evidence[0]}.`;
  ctx.check({ ...check, verdict: 'missed', seen, code: 'PRODUCTION_ADDRESS_LEFT', hint });
  throw new DrillError(
    'PRODUCTION_ADDRESS_LEFT',
    `${findings.length} addresses of production are left in the copy, and 0 may be`,
    {
      hint,
      details: { first: `${first.host} in ${first.place}` },
    },
  );
}

async function writeConfigurationFile(ctx: StepContext, configuration: Configuration): Promise<void> {
  const scratch = ctx.get('scratch');
  ctx.created({ kind: 'folder', name: applicationFolder(scratch) });
  await mkdir(path.dirname(configurationFile(scratch)), { recursive: true });
  await writeFile(configurationFile(scratch), `${JSON.stringify(configuration, null, 4)}\n`, { mode: 0o600 });
}

async function undo(ctx: StepContext): Promise<void> {
  const scratch = ctx.find('scratch');
  if (scratch === undefined) return;
  await rm(applicationFolder(scratch), { recursive: true, force: true });
  ctx.removed({ kind: 'folder', name: applicationFolder(scratch) });
}

function summarise(done: readonly Disarmed[], group: HazardGroup): string {
  const touched = done.filter(({ hazard, rows = 0 }) => hazard.group === group && rows > 0);
  if (touched.length === 0) return 'there was nothing to make harmless';
  return `made harmless: ${touched.map(({ hazard, rows }) => `${rows} ${hazard.what}`).join(', ')}`;
}

function renderTable(done: readonly Disarmed[]): string {
  const lines = done.map(
    ({ hazard, rows }) =>
      `${hazard.group},${hazard.table},"${hazard.what}",${rows ?? 'no such table'},"${hazard.otherwise}"`,
  );
  return `${['group,table,what,rows made harmless,what would have happened', ...lines].join('\n')}\n`;
}
