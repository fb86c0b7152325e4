import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { seconds, type Milliseconds } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import { httpsGet } from '../../src/support/https-get.ts';
import { jwkThumbprint } from '../../src/support/jwk-thumbprint.ts';
import {
  isRunning,
  startProcess,
  stopProcess,
  type ProcessRef,
  type RunningProcess,
  type StartOptions,
} from '../../src/support/processes.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import type { KeyPair } from '../tls.ts';
import { ROUTES, type IdentityClient, type IdentityProcessConfig, type SigningKey } from './config.ts';
import type { IdentityUser } from './users.ts';

export { exportUsers, type IdentityUser } from './users.ts';
export type { AccessLogEntry, IdentityClient } from './config.ts';

export interface IdentityOptions {
  /** Shown to people above the form. */
  readonly name: string;
  /** Made if absent. Signing keys and cookie keys found in it from an earlier start are used again. */
  readonly directory: string;
  /** https://HOST:PORT as clients know it, without a slash at the end. */
  readonly issuer: string;
  /** Where it listens; the port is the issuer's. */
  readonly address: string;
  readonly tls: KeyPair;
  readonly caFile: string;
  readonly users: readonly IdentityUser[];
  readonly clients: readonly IdentityClient[];
  /** Ask users who have a TOTP secret for a code. */
  readonly secondFactor: boolean;
  /** Take a code more than once: not what a good provider does, but no drill has to wait for the one before it. */
  readonly takesCodesAgain?: boolean;
  /** Outlive the process that starts it. */
  readonly detached?: boolean;
}

export interface LabIdentityProvider {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  /** GitLab-style. */
  readonly userInfoUrl: string;
  /** JSON lines: who asked for which path. */
  readonly accessLog: string;
  /** Of the keys that it signs with: RFC 7638. */
  readonly keyThumbprints: readonly string[];
  readonly process: ProcessRef;
  stop(): Promise<void>;
}

/** Starts an identity provider and waits until its discovery document is served. Rejects with LAB_FAILED. */
export async function startIdentityProvider(options: IdentityOptions): Promise<LabIdentityProvider> {
  const {
    name,
    directory,
    issuer,
    address,
    tls,
    caFile,
    users,
    clients,
    secondFactor,
    takesCodesAgain = false,
    detached = false,
  } = options;
  await mkdir(directory, { recursive: true });
  const inFolder = (file: string): string => path.join(directory, file);
  const { port, hostname } = new URL(issuer);
  const config: IdentityProcessConfig = {
    name,
    issuer,
    address,
    port: Number(port || 443),
    ...tls,
    usersFile: inFolder('users.json'),
    accessLog: inFolder('access.jsonl'),
    clients,
    secondFactor,
    takesCodesAgain,
    ...(await readOrCreateKeys(inFolder('keys.json'))),
  };
  await writeSecretFile(config.usersFile, users);
  await writeSecretFile(inFolder('config.json'), config);

  const logFile = inFolder('identity.log');
  const running = await launch(inFolder('config.json'), { logFile, detached });
  const discoveryUrl = `${issuer}${ROUTES.discovery}`;
  const ca = await readFile(caFile);
  let lastError: unknown;
  const outcome = await waitFor(
    async () => {
      if (!isRunning(running)) return 'ended' as const;
      const answer = await httpsGet(discoveryUrl, {
        ca,
        lookup: async () => address,
        timeout: seconds(5),
      }).catch((error: unknown) => {
        lastError = error;
        return undefined;
      });
      return answer?.status === 200 ? ('serves' as const) : undefined;
    },
    { timeout: seconds(20) },
  );
  if (outcome !== 'serves') {
    await stopProcess(running);
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw new DrillError(
      'LAB_FAILED',
      `the identity provider ${hostname} ${outcome === 'ended' ? 'ended at once' : 'does not answer within 20s'}`,
      {
        cause: lastError,
        hint: `Look at the end of ${logFile}.`,
        details: {
          address: `${address}:${config.port}`,
          log: log.trimEnd().split('\n').slice(-3).join(' | '),
        },
      },
    );
  }
  return {
    issuer,
    discoveryUrl,
    authorizationUrl: `${issuer}${ROUTES.authorization}`,
    tokenUrl: `${issuer}${ROUTES.token}`,
    userInfoUrl: `${issuer}${ROUTES.userInfo}`,
    accessLog: config.accessLog,
    keyThumbprints: config.signingKeys.flatMap((key) => jwkThumbprint(key) ?? []),
    process: { pid: running.pid, startTime: running.startTime },
    stop: () => stopProcess(running),
  };
}

/** What is different about a provider for a while. */
export interface IdentityChange {
  /** What it calls itself. It listens where it did. */
  readonly issuer?: string;
  readonly tls?: KeyPair;
  /** Whether it signs with keys that nobody has seen. */
  readonly newSigningKeys?: boolean;
  readonly users?: (users: readonly IdentityUser[]) => readonly IdentityUser[];
  readonly clockAhead?: Milliseconds;
}

/** Starts the provider of this folder once more, with a change or as it was, and waits until it listens. */
export async function reopenIdentityProvider(
  directory: string,
  { issuer, tls, newSigningKeys = false, users, clockAhead }: IdentityChange = {},
): Promise<ProcessRef> {
  const inFolder = (file: string): string => path.join(directory, file);
  const asItWas = await readJson<IdentityProcessConfig>(inFolder('config.json'));
  const config: IdentityProcessConfig = {
    ...asItWas,
    ...(issuer !== undefined && { issuer }),
    ...tls,
    ...(newSigningKeys && { signingKeys: createKeys().signingKeys }),
    ...(users && { usersFile: inFolder('users-changed.json') }),
    ...(clockAhead !== undefined && { clockAhead }),
  };
  if (users)
    await writeSecretFile(config.usersFile, users(await readJson<IdentityUser[]>(asItWas.usersFile)));
  await writeSecretFile(inFolder('config-changed.json'), config);
  const logFile = inFolder('identity.log');
  const running = await launch(inFolder('config-changed.json'), { logFile });
  const listens = await waitFor(async () => (await canConnect(config)) || !isRunning(running) || undefined, {
    timeout: seconds(20),
  });
  if (listens && isRunning(running)) return running;
  await stopProcess(running);
  throw new DrillError('LAB_FAILED', `the identity provider in ${directory} does not come up again`, {
    hint: `Look at the end of ${logFile}.`,
  });
}

function canConnect({ address, port }: IdentityProcessConfig): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => socket.destroy() && resolve(true));
    socket.once('error', () => resolve(false));
  });
}

function launch(
  configFile: string,
  options: Pick<StartOptions, 'logFile' | 'detached'>,
): Promise<RunningProcess> {
  const program = fileURLToPath(new URL('main.ts', import.meta.url));
  return startProcess({ command: process.execPath, args: [program, configFile], ...options });
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

interface StandingKeys {
  readonly signingKeys: readonly SigningKey[];
  readonly cookieKeys: readonly string[];
}

async function readOrCreateKeys(file: string): Promise<StandingKeys> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) return readJson<StandingKeys>(file);
  const keys = createKeys();
  await writeSecretFile(file, keys);
  return keys;
}

function createKeys(): StandingKeys {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = privateKey.export({ format: 'jwk' });
  return {
    signingKeys: [{ ...jwk, kid: randomUUID(), use: 'sig', alg: 'RS256' }],
    cookieKeys: [randomBytes(32).toString('base64url')],
  };
}

async function writeSecretFile(file: string, content: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}
