import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { seconds } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import { httpsGet } from '../../src/support/https-get.ts';
import { isRunning, startProcess, stopProcess, type ProcessRef } from '../../src/support/processes.ts';
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
  const running = await startProcess({
    command: process.execPath,
    args: [fileURLToPath(new URL('main.ts', import.meta.url)), inFolder('config.json')],
    logFile,
    detached,
  });
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
    process: { pid: running.pid, startTime: running.startTime },
    stop: () => stopProcess(running),
  };
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
  if (exists) return JSON.parse(await readFile(file, 'utf8')) as StandingKeys;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = privateKey.export({ format: 'jwk' });
  const keys: StandingKeys = {
    signingKeys: [{ ...jwk, kid: randomUUID(), use: 'sig', alg: 'RS256' }],
    cookieKeys: [randomBytes(32).toString('base64url')],
  };
  await writeSecretFile(file, keys);
  return keys;
}

async function writeSecretFile(file: string, content: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}
