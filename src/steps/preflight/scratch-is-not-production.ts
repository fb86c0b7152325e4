import { isIP } from 'node:net';
import type { Config } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { withClient } from '../../providers/database/target.ts';
import { resolveAt } from '../../providers/dns/resolvers.ts';
import { matchesHost } from '../../support/host-patterns.ts';
import { inBatches } from '../../support/in-batches.ts';
import { refuseProductionBucket, scratchBucket } from '../restore/scratch-bucket.ts';

/**
 * Refuses to go on where the scratch may be production: by address, by the database server's system identifier, and by
 * the marker that every scratch database carries. What it cannot establish it does not let pass.
 */
export function scratchIsNotProduction(): Step {
  return {
    id: 'scratch-is-not-production',
    title: 'Make sure that the scratch is not production',
    promises: ['scratch.not-production'],
    budget: seconds(60),
    plan: ({ scratch, dns }) => [
      `compare ${scratch.address} with what ${dns.name} resolves to now, and with site.production.hosts and where they resolve to`,
      ...(scratch.database.kind === 'server'
        ? [`ask ${scratch.database.host}:${scratch.database.port} for its system identifier`]
        : []),
      ...(scratchBucket({ scratch })
        ? ['compare the bucket for files with those of backups, archive and production']
        : []),
    ],
    async run(ctx) {
      refuseProductionBucket(ctx);
      const { seen, known } = await compareAddresses(ctx);
      const looked = [...seen, await compareSystemIdentifier(ctx)];
      ctx.check({
        id: 'scratch.not-production',
        claim: 'The scratch is not production',
        verdict: known ? 'passed' : 'unverified',
        expected: 'no address and no database server in common',
        seen: looked.join('; '),
        ...(!known && {
          code: 'PRODUCTION_UNKNOWN',
          hint: "Put production's names and addresses into site.production.hosts.",
        }),
      });
    },
  };
}

interface Comparison {
  readonly seen: readonly string[];
  /** Whether there was any address of production to compare with. */
  readonly known: boolean;
}

async function compareAddresses({ config, signal }: StepContext): Promise<Comparison> {
  const { scratch, site, dns } = config;
  const candidates = [
    scratch.address,
    ...(scratch.database.kind === 'server' ? [scratch.database.host] : []),
  ];
  for (const candidate of candidates) {
    if (matchesHost(candidate, site.production.hosts))
      refuse(`${candidate} is listed in site.production.hosts`);
  }
  const serving = (
    await Promise.all(dns.resolvers.map((resolver) => resolveAt(resolver, dns.name, { signal })))
  ).flatMap(({ addresses }) => addresses);
  if (serving.includes(scratch.address) && servesProduction(config))
    refuse(`${dns.name}, which serves production, resolves to ${scratch.address}`);
  const unanswered: string[] = [];
  // Together: of each one that a resolver drops the question for, the answer takes seconds not to come.
  const found = await inBatches(site.production.hosts.filter(isName), 16, async (name) => ({
    name,
    ...(await lookUp(name, dns.resolvers, signal)),
  }));
  for (const { name, addresses, answered } of found) {
    const shared = candidates.find((candidate) => addresses.includes(candidate));
    if (shared !== undefined)
      refuse(`${name}, which is listed in site.production.hosts, resolves to ${shared}`);
    if (!answered) unanswered.push(name);
  }
  return {
    seen: [
      `${candidates.join(' and ')} not among ${site.production.hosts.length} production hosts`,
      `${dns.name} is at ${[...new Set(serving)].join(', ') || 'no address'}`,
      ...(unanswered.length > 0 ? [`no resolver tells where ${unanswered.join(', ')} is`] : []),
    ],
    known: site.production.hosts.length > 0 || (servesProduction(config) && serving.length > 0),
  };
}

function isName(host: string): boolean {
  return !host.includes('*') && isIP(host) === 0;
}

/** A name that a resolver does not answer for is no reason to stop: production's inner names are often not told here. */
async function lookUp(
  name: string,
  resolvers: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly addresses: readonly string[]; readonly answered: boolean }> {
  const asked = await Promise.allSettled(resolvers.map((resolver) => resolveAt(resolver, name, { signal })));
  signal.throwIfAborted();
  const answers = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { addresses: answers.flatMap(({ addresses }) => addresses), answered: answers.length > 0 };
}

function servesProduction({ dns }: Config): boolean {
  return dns.kind === 'none' || dns.servesProduction;
}

async function compareSystemIdentifier(ctx: StepContext): Promise<string> {
  const { database } = ctx.config.scratch;
  if (database.kind === 'cluster') return 'the database server is made by this run';
  const { host, port, user, sslRootCert } = database;
  const target = {
    host,
    port,
    user,
    password: await ctx.secret(database.password),
    database: 'postgres',
    sslRootCert,
  };
  const identifier = await withClient(target, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      'select system_identifier::text as id from pg_control_system()',
    );
    return rows[0]?.id ?? '';
  });
  const known = ctx.config.site.production.databaseSystemIdentifiers;
  if (known.includes(identifier))
    refuse(`${host}:${port} is production's database server (system identifier ${identifier})`);
  if (known.length === 0) {
    throw new DrillError(
      'SCRATCH_IS_PRODUCTION',
      `cannot tell ${host}:${port} from production: site.production.databaseSystemIdentifiers is empty`,
      {
        hint: 'Run `select system_identifier from pg_control_system()` on production and put the number into the config.',
      },
    );
  }
  return `system identifier ${identifier} is not production's`;
}

function refuse(why: string): never {
  throw new DrillError('SCRATCH_IS_PRODUCTION', `the scratch may be production: ${why}`, {
    hint: 'Nothing was touched. Point scratch.address and scratch.database at machines of the drill.',
  });
}
