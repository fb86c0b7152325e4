import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';
import type { StepContext } from '../../../model/drill.ts';
import { readStoredConfiguration } from '../../../providers/database/stored-configuration.ts';
import { openIdentityProvider } from '../../../providers/identity/index.ts';
import { addressesIn } from '../../../support/addresses.ts';
import { runningEnvironment } from '../../cluster/running-environment.ts';
import { configurationFile } from '../../restore/quarantine.ts';
import { scanDatabase, scanValues, type Finding } from '../../restore/quarantine/places.ts';
import {
  addressesDialled,
  collectProductionAddresses,
  isHarmless,
  leaves,
  type ProductionAddresses,
} from '../../restore/quarantine/production-addresses.ts';

export interface Pointers {
  /** How many values were looked at. */
  readonly places: number;
  readonly findings: readonly Finding[];
}

/** Production as far as the run knows it: from the config, from its cluster's backup, and from its own configuration. */
export function productionOf(ctx: Pick<StepContext, 'config' | 'find'>): ProductionAddresses {
  const found = [
    ...(ctx.find('cluster')?.addresses ?? []),
    ...(ctx.find('quarantine')?.productionAddresses ?? []),
  ];
  return collectProductionAddresses(ctx.config, { addresses: found }, []);
}

/**
 * Looks at what the running site goes by now: the environment of its process, what is stored, and its file. It finds
 * addresses of production everywhere, and anything at all that is dialled and is neither the scratch's nor declared.
 * Secrets are looked into, and only their names told.
 */
export async function findPointers(ctx: StepContext, client: Client): Promise<Pointers> {
  const production = productionOf(ctx);
  // As far as it is Mattermost's: the rest is the machine's.
  const environment = Object.fromEntries(
    Object.entries(await runningEnvironment(ctx)).filter(([name]) => name.startsWith('MM_')),
  );
  const stored = await readStoredConfiguration(client);
  const file = await readFile(configurationFile(ctx.get('scratch')), 'utf8').catch(() => undefined);
  const files = file === undefined ? {} : { 'config.json': file };
  const known = await knownHosts(ctx);
  const isStranger = (host: string) => !isHarmless(host) && !known.has(host);

  const scans = [
    await scanDatabase(client, production),
    scanValues('environment', environment, production),
    scanValues('file', files, production),
  ];
  const dialled = [
    ...Object.entries(environment).flatMap(([name, value]) =>
      addressesIn(value, name)
        .filter(isStranger)
        .map((host) => ({ place: `environment ${name}`, host })),
    ),
    ...[stored, file === undefined ? undefined : (JSON.parse(file) as unknown)].flatMap((configuration) =>
      addressesDialled(configuration)
        .filter(isStranger)
        .map((host) => ({ place: 'stored configuration', host })),
    ),
  ];
  const findings = [
    ...scans.flatMap((scan) => scan.findings),
    ...dialled.filter(({ host }) => production.find(host).length === 0),
    ...socketPaths('environment', Object.entries(environment)),
    ...socketPaths(
      'configurations.value',
      leaves(stored).map(({ path, value }) => [path, value] as const),
    ),
  ];
  return { places: scans.reduce((sum, { places }) => sum + places, 0), findings };
}

/** Hosts that the scratch is told about on purpose: itself, the site's own name, and where users sign in. */
async function knownHosts(ctx: StepContext): Promise<ReadonlySet<string>> {
  const { site, identity, dns } = ctx.config;
  const provider = await openIdentityProvider(identity.secondary);
  const urls = [site.url, ...Object.values(provider.describe().urls)];
  return new Set([
    ...urls.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase()),
    ...ctx.get('network').destinations.map(({ host }) => host),
    dns.name.toLowerCase(),
  ]);
}

/** A Unix socket of production would be reached from any network: `postgres://…/?host=/run/postgresql`. */
function socketPaths(
  what: string,
  values: readonly (readonly [name: string, value: string])[],
): readonly Finding[] {
  return values.flatMap(([name, value]) => {
    const found =
      /(?:^|[?&\s])host=(\/[^&\s]+|%2F[^&\s]+)/i.exec(value)?.[1] ?? /^unix:\/{0,2}(\/\S+)/.exec(value)?.[1];
    return found === undefined ? [] : [{ place: `${what} ${name}`, host: decodeURIComponent(found) }];
  });
}
