import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { DrillError } from '../../model/errors.ts';

/** A database that something is restored into, and who does it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** CA file: with it TLS is demanded and the server's name verified. */
  readonly sslRootCert?: string | undefined;
}

/** A connection; the caller ends it. Rejects with DATABASE_UNREACHABLE. */
export async function connect(target: Target): Promise<Client> {
  const { host, port, user, password, database, sslRootCert } = target;
  const ssl =
    sslRootCert === undefined ? false : { ca: await readFile(sslRootCert, 'utf8'), servername: host };
  const client = new Client({ host, port, user, password, database, ssl, connectionTimeoutMillis: 10_000 });
  // An idle connection that the server closes must not end the whole process: the next query will tell.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw unreachable(target, cause);
  }
  return client;
}

/** Runs `work` on a connection that is ended afterwards, whatever happens. */
export async function withClient<T>(target: Target, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(target);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The same connection for PostgreSQL's own programs: by environment, so that no command line shows it. */
export function targetEnvironment(
  target: Target,
  options: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { host, port, user, password, sslRootCert } = target;
  const settings = Object.entries(options).map(([name, value]) => `-c ${name}=${value}`);
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGCONNECT_TIMEOUT: '10',
    ...(sslRootCert !== undefined && { PGSSLMODE: 'verify-full', PGSSLROOTCERT: sslRootCert }),
    ...(settings.length > 0 && { PGOPTIONS: settings.join(' ') }),
    // Messages are matched, so they have to come in one language.
    LC_ALL: 'C',
  };
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function unreachable({ host, port, user, database }: Target, cause: unknown): DrillError {
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new DrillError(
    'DATABASE_UNREACHABLE',
    `cannot connect to database "${database}" on ${host}:${port}: ${why}`,
    {
      cause,
      details: { user },
      hint: 'Check host, port, user and password of scratch.database, or of baseline.database where a baseline is taken, and that pg_hba.conf lets this user in.',
    },
  );
}
