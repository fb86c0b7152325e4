import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { StepContext } from '../../../model/drill.ts';
import type { ScratchNetwork } from '../../../model/facts.ts';
import { openIdentityProvider } from '../../../providers/identity/index.ts';
import { fileStoreEnvironment } from './file-store.ts';

/** Where the server finds itself: paths as it sees them. */
export interface Place {
  readonly listenAddress: string;
  /** What `readAuthorities` gives, as a file. */
  readonly authorities: string;
  /** CA file of the scratch database's server, where TLS is demanded of it. */
  readonly databaseAuthority: string | undefined;
}

/**
 * Everything that the restored site is told, over what came with the copy: what quarantine wants, where the scratch is,
 * and who signs people in. Holds secrets: for the environment of that one process only.
 */
export async function applicationEnvironment(
  ctx: StepContext,
  place: Place,
): Promise<Readonly<Record<string, string>>> {
  const { config } = ctx;
  const dataSource = await readDataSource(ctx, place);
  const identity = await openIdentityProvider(config.identity.secondary);
  const clientSecret = await ctx.secret(config.identity.secondary.clientSecret);
  const { application } = config;
  return {
    // From the database, unless quarantine found it to be kept in a file.
    MM_CONFIG: dataSource,
    ...ctx.get('quarantine').environment,
    ...identity.mattermostEnvironment(clientSecret),
    // Sign-in, WebSocket and links all break when this is not the name that people type.
    MM_SERVICESETTINGS_SITEURL: config.site.url.replace(/\/$/, ''),
    MM_SERVICESETTINGS_LISTENADDRESS: place.listenAddress,
    MM_SERVICESETTINGS_CONNECTIONSECURITY: '',
    MM_SERVICESETTINGS_ENABLELOCALMODE: 'false',
    MM_METRICSSETTINGS_ENABLE: 'false',
    MM_SQLSETTINGS_DRIVERNAME: 'postgres',
    MM_SQLSETTINGS_DATASOURCE: dataSource,
    ...(await fileStoreEnvironment(ctx)),
    MM_LOGSETTINGS_ENABLECONSOLE: 'true',
    MM_LOGSETTINGS_ENABLEFILE: 'false',
    ...(config.privacy.messageTexts === 'redact' && QUIET_LOG),
    ...trusted(ctx, place),
    ...proxyEnvironment(ctx.get('network')),
    ...(application.kind !== 'stand-in' &&
      application.licence && { MM_LICENSE: await ctx.secret(application.licence) }),
  };
}

/** The log becomes evidence as it is: no lines that tell what was asked and answered, whatever was restored. */
const QUIET_LOG = { MM_LOGSETTINGS_CONSOLELEVEL: 'WARN', MM_SQLSETTINGS_TRACE: 'false' };

/** Where nothing but the program's good will keeps it from reaching out, it is asked to go through a proxy that denies. */
function proxyEnvironment(network: ScratchNetwork): Readonly<Record<string, string>> {
  if (network.kind !== 'proxy') return {};
  const direct = ['localhost', '127.0.0.1', ...new Set(network.destinations.map(({ host }) => host))].join(
    ',',
  );
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
  return {
    ...Object.fromEntries(names.map((name) => [name, network.url])),
    NO_PROXY: direct,
    no_proxy: direct,
    // Else the server refuses to dial a proxy on the loopback for what users wrote, and the log stays empty.
    MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS: '127.0.0.1',
  };
}

async function readDataSource(ctx: StepContext, { databaseAuthority }: Place): Promise<string> {
  const { host, port, name, user, passwordFile } = ctx.get('database');
  const password = (await readFile(passwordFile, 'utf8')).replace(/\n$/, '');
  ctx.hide(password);
  ctx.hide(encodeURIComponent(password));
  const tls =
    databaseAuthority === undefined
      ? 'sslmode=disable'
      : `sslmode=verify-full&sslrootcert=${encodeURIComponent(databaseAuthority)}`;
  // From inside a sealed scratch the server is found on that network's own loopback.
  const inside = host.startsWith('/') ? '127.0.0.1' : host;
  const account = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `postgres://${account}@${inside}:${port}/${encodeURIComponent(name)}?${tls}&connect_timeout=10`;
}

/** A secondary provider's private certificate authority, beside the public ones, which a Go program would else forget. */
export async function readAuthorities({ config }: Pick<StepContext, 'config'>): Promise<string | undefined> {
  const { ca } = config.identity.secondary;
  return ca === undefined ? undefined : `${rootCertificates.join('\n')}\n${await readFile(ca, 'utf8')}\n`;
}

function trusted({ config }: StepContext, { authorities }: Place): Record<string, string> {
  if (config.identity.secondary.ca === undefined) return {};
  return { SSL_CERT_FILE: authorities, NODE_EXTRA_CA_CERTS: authorities };
}
