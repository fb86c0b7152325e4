import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import type { Config } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { minutes } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { RunningApplication, SiteFacts } from '../../model/facts.ts';
import { openApplication, type Migration } from '../../providers/application/index.ts';
import { readMigrations } from '../../providers/database/migrations.ts';
import { enter } from '../../support/scratch-network/enter.ts';
import { findFreePort, isPortFree } from '../../support/ports.ts';
import { findScratchCluster } from '../cluster/scratch-cluster.ts';
import { applicationFolder } from './quarantine.ts';
import { endInCluster, startInCluster } from './cluster/start-in-cluster.ts';
import { openRestored } from './restored-database.ts';
import { applicationEnvironment, readAuthorities } from './start-application/environment.ts';
import { PING, waitUntilHealthy, type Healthy } from './start-application/health.ts';
import {
  judgeSessions,
  judgeVersion,
  readSessions,
  refuseProductionAddresses,
} from './start-application/judge-start.ts';

const APPLICATION = 'scratch application';
const FRONT = 'scratch TLS front';
const FRONT_PROGRAM = path.join(import.meta.dirname, '..', '..', 'support', 'tls-front.ts');

/** Starts the site on the restored data, with TLS in front, and waits until it is well. */
export function startApplication(): Step {
  return {
    id: 'start-application',
    title: 'Start the site on the restored data',
    needs: ['database', 'files', 'network', 'quarantine', 'scratch'],
    gives: ['site', 'application'],
    promises: ({ config: { application, backups } }) => [
      'application.healthy',
      'application.dsn-is-scratch',
      ...(application.kind === 'tarball' ? ['application.schema-not-older'] : []),
      ...(backups.velero === undefined ? [] : ['application.version']),
    ],
    condemnedBy: [
      'quarantine.credentials',
      'quarantine.integrations',
      'quarantine.schedules',
      'quarantine.no-production-address',
    ],
    budget: minutes(30),
    plan: describePlan,
    run,
    undo,
  };
}

/** A site that answers. */
export interface Started extends Healthy {
  readonly what: SiteFacts['application'];
  readonly application: RunningApplication;
  end(): Promise<void>;
}

async function run(ctx: StepContext): Promise<void> {
  const { config } = ctx;
  const { address, port } = ctx.get('scratch');
  await using connection = await openRestored(ctx.get('database'), { readOnly: true });
  const { client } = connection;
  const before = await readSessions(client);
  const inCluster = await findScratchCluster(ctx);
  const started =
    inCluster === undefined ? await startHere(ctx, client) : await startInCluster(ctx, inCluster);
  const { version, body, what, application } = started;

  ctx.mark('site-healthy');
  ctx.check({
    id: 'application.healthy',
    claim: 'The restored site answers over TLS, and its database and file store are well',
    verdict: 'passed',
    expected: 'HTTP 200 with status, database_status and filestore_status OK',
    seen: 'HTTP 200, all OK',
    evidence: [await ctx.attach('health.json', `${body}\n`)],
  });
  const sessions = judgeSessions(before, await readSessions(client), ctx.get('database'));
  ctx.check(sessions);
  if (config.backups.velero !== undefined)
    ctx.check(judgeVersion(version, ctx.find('cluster')?.version ?? ''));
  // It may be production's: nobody is sent to a site on another database, and it must not stay there until undo.
  if (sessions.verdict === 'missed') return started.end();
  ctx.set('application', application);
  ctx.set('site', { url: config.site.url, address, port, application: what, version });
}

async function startHere(ctx: StepContext, client: Client): Promise<Started> {
  const { application: settings, scratch } = ctx.config;
  const { address, port } = ctx.get('scratch');
  const directory = applicationFolder(ctx.get('scratch'));
  if (!(await isPortFree(port, address))) throw portTaken(address, port);
  if (settings.kind === 'operator') throw new TypeError('an operator starts nothing on this machine');

  ctx.created({ kind: 'folder', name: directory });
  const provider = await openApplication(settings);
  const prepared = await provider.prepare({ directory, signal: ctx.signal, progress: ctx.progress });
  if (settings.kind === 'tarball') await refuseOlderServer(ctx, client, prepared.migrations);

  const listenPort = await findFreePort();
  const authorities = path.join(directory, 'authorities.pem');
  const environment = await applicationEnvironment(ctx, {
    listenAddress: `127.0.0.1:${listenPort}`,
    authorities,
    databaseAuthority: scratch.database.kind === 'server' ? scratch.database.sslRootCert : undefined,
  });
  const trusted = await readAuthorities(ctx);
  await mkdir(directory, { recursive: true });
  if (trusted !== undefined) await writeFile(authorities, trusted);
  refuseProductionAddresses(ctx, environment);
  const files = ctx.get('files');
  await prepared.own([directory, ...(files.kind === 'folder' ? [files.directory] : [])]);
  const network = ctx.get('network');
  const application = await ctx.launch({
    role: APPLICATION,
    ...(await enter(network, prepared.launch(environment))),
  });
  const front = await launchFront(ctx, listenPort);
  const { pid, startTime } = application;
  return {
    ...(await waitUntilHealthy(ctx, { application, front })),
    what: provider.application,
    application: { kind: 'process', pid, startTime, uid: prepared.uid },
    end: () => endSite(ctx),
  };
}

async function launchFront(ctx: StepContext, listenPort: number) {
  const { address, port } = ctx.get('scratch');
  const { certificate, key } = ctx.config.tls;
  const args = [
    FRONT_PROGRAM,
    ...['--listen', `${address}:${port}`, '--fd', '3', '--upstream', `127.0.0.1:${listenPort}`],
    ...['--cert', path.resolve(certificate), '--key', path.resolve(key)],
  ];
  // The one door: it listens out here, where its socket was made, and dials in there.
  const front = await enter(ctx.get('network'), { command: process.execPath, args });
  return ctx.launch({ role: FRONT, ...front, listen: { address, port } });
}

/** A server that is older than its database loses what it does not know. Rejects with RESTORE_FAILED. */
async function refuseOlderServer(
  ctx: StepContext,
  client: Client,
  brought: readonly Migration[] | undefined,
): Promise<void> {
  const check = {
    id: 'application.schema-not-older',
    claim: 'The server knows every schema migration of the restored database',
    expected: 'the same or a newer server than the one that was backed up',
  };
  if (brought === undefined) {
    ctx.check({
      ...check,
      verdict: 'unverified',
      seen: 'the archive does not tell which migrations its server brings',
      code: 'SCHEMA_UNKNOWN',
      hint: 'Compare the versions in application.version, and take the release that production runs.',
    });
    return;
  }
  const known = new Set(brought.map(({ version, name }) => `${version} ${name}`));
  const unknown = (await readMigrations(client)).filter(
    ({ version, name }) => !known.has(`${version} ${name}`),
  );
  const newest = brought.at(-1)?.version ?? 0;
  if (unknown.length === 0) {
    ctx.check({
      ...check,
      verdict: 'passed',
      seen: `it brings ${brought.length} migrations up to ${newest}`,
    });
    return;
  }
  const names = unknown.slice(0, 3).map(({ version, name }) => `${version} ${name}`);
  const seen = `${unknown.length} are unknown to it, such as ${names.join(', ')}; it ends at ${newest}`;
  const hint = 'Set application.archive to the release that production runs, or a newer one.';
  ctx.check({ ...check, verdict: 'missed', seen, code: 'SERVER_TOO_OLD', hint });
  throw new DrillError('RESTORE_FAILED', `the server is older than the restored database: ${seen}`, { hint });
}

async function endSite(ctx: StepContext): Promise<void> {
  await ctx.endLaunched(FRONT);
  await ctx.endLaunched(APPLICATION);
}

async function undo(ctx: StepContext): Promise<void> {
  const inCluster = await findScratchCluster(ctx);
  if (inCluster !== undefined) return endInCluster(ctx, inCluster);
  await endSite(ctx);
  const scratch = ctx.find('scratch');
  if (scratch === undefined) return;
  await rm(applicationFolder(scratch), { recursive: true, force: true });
  ctx.removed({ kind: 'folder', name: applicationFolder(scratch) });
}

function describePlan({ application, scratch, site, tls }: Config): readonly string[] {
  if (scratch.kind === 'kubernetes')
    return [
      `patch the Mattermost resource in namespace ${scratch.namespace}: ${scratch.replicas} replicas, environment and secrets of the scratch`,
      `set Deployment ${scratch.operator.namespace}/${scratch.operator.deployment} to its replicas, and wait until it says "stable"`,
      `wait for ${new URL(PING, site.url).href} at ${scratch.address}`,
    ];
  const listen = `${scratch.address}:${scratch.port ?? (new URL(site.url).port || 443)}`;
  return [
    application.kind === 'tarball'
      ? `unpack ${application.archive}; bin/mattermost server, settings and secrets by environment`
      : 'node lab/application/main.ts (a stand-in: the run is a rehearsal), settings and secrets by environment',
    `node src/support/tls-front.ts --listen ${listen} --cert ${tls.certificate} --key ${tls.key}`,
    `wait for ${new URL(PING, site.url).href}`,
  ];
}

const portTaken = (address: string, port: number) =>
  new DrillError(
    'PORT_TAKEN',
    `something else listens on ${address}:${port}, where the restored site is to be`,
    {
      hint: `Look for it with \`ss -ltnp 'sport = :${port}'\`, or set scratch.port or scratch.address.`,
    },
  );
