import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Sessions } from './accounts/sessions.ts';
import { Statuses } from './accounts/statuses.ts';
import { BUILD, VERSION, type App } from './app.ts';
import { loadConfiguration } from './config.ts';
import { openDatabase, verifySchema } from './database.ts';
import { openFileStore } from './file-store.ts';
import { createWebServer } from './http/server.ts';
import { log } from './log.ts';
import { Outbound } from './outbound/outbound.ts';
import { Emojis } from './posts/emojis.ts';
import { createRouter } from './routes/routes.ts';
import { readSiteIdentity } from './site-identity.ts';
import { acceptWebSockets } from './websocket/accept.ts';
import { Hub } from './websocket/hub.ts';

/**
 * Rehearsal stand-in for a Mattermost 11.6 server: `node lab/application/main.ts [server] [--config SOURCE]`.
 * Configured like the official one; see docs/stand-in.md for what it speaks and what it does not.
 */
async function main(args: readonly string[]): Promise<void> {
  if (args.includes('version')) {
    process.stdout.write(
      `Version: ${VERSION}\nBuild Number: ${BUILD}\nThis is a stand-in for rehearsals, not Mattermost.\n`,
    );
    return;
  }
  trustExtraCertificates();
  const app = await openApp(args);
  const server = createWebServer(app, createRouter());
  acceptWebSockets(app, server);
  const { host, port } = parseListenAddress(app.settings.ServiceSettings.ListenAddress);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  log.info(`Server is listening on ${host.includes(':') ? `[${host}]` : host}:${port}`, { build: BUILD });
  app.outbound.start(app);

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info(`Stopping on ${signal}`);
    app.outbound.stop();
    app.hub.closeAll();
    server.close();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2000).unref();
    await new Promise((resolve) => server.once('close', resolve));
    await app.db.close();
    log.info('Server stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
}

async function openApp(args: readonly string[]): Promise<App> {
  const option = args.indexOf('--config');
  const source = option >= 0 ? args[option + 1] : process.env['MM_CONFIG'] || undefined;
  const configuration = await loadConfiguration(source, process.env);
  const { settings } = configuration;
  const db = await openDatabase(settings.SqlSettings.DataSource, settings.SqlSettings.MaxOpenConns);
  await verifySchema(db);
  const statuses = new Statuses(db);
  await statuses.resetAll();
  return {
    configuration,
    settings,
    db,
    statuses,
    files: await openFileStore(settings.FileSettings),
    sessions: new Sessions(db, settings),
    hub: new Hub(db),
    outbound: new Outbound(db, settings),
    emojis: new Emojis(db),
    identity: await readSiteIdentity(db),
    versionId: `${VERSION}.${BUILD}.${configuration.hash}.false`,
  };
}

/** SSL_CERT_FILE adds authorities for outgoing TLS, as it does for a Go program. */
function trustExtraCertificates(): void {
  const file = process.env['SSL_CERT_FILE'];
  if (file) setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')]);
}

/** `127.0.0.2:8065`, `:8065` or `[::1]:8065`. */
function parseListenAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(at + 1) || 80);
  if (at < 0 || !Number.isInteger(port))
    throw new Error(`ServiceSettings.ListenAddress is "${address}", not host:port`);
  // The official server listens everywhere when no host is named; a stand-in never leaves this machine, or its pod.
  const isInPod = process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
  return { host: host || (isInPod ? '0.0.0.0' : '127.0.0.1'), port };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const reason =
    error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
  log.error(
    `The server cannot start: ${reason}`,
    error instanceof Error && error.cause ? { cause: String(error.cause) } : {},
  );
  process.exit(1);
});
