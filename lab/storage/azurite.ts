import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { seconds } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { isRunning, startProcess, stopProcess, type ProcessRef } from '../../src/support/processes.ts';
import { startOnFreePorts } from './start-on-free-ports.ts';
import { waitFor } from '../../src/support/wait-for.ts';

export interface AzuriteOptions {
  /** Everything the server writes. Created when missing. */
  readonly directory: string;
  readonly detached?: boolean;
}

/** How to reach the account: what a config needs, as plain JSON. */
export interface BlobAccount {
  readonly endpoint: string;
  readonly account: string;
  readonly accountKey: string;
  readonly connectionString: string;
}

export interface Azurite extends BlobAccount, AsyncDisposable {
  readonly process: ProcessRef;
  createContainer(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a blob service on loopback with an account of its own. Rejects with LAB_FAILED when it does not answer. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  return startOnFreePorts(() => startOnce(options));
}

async function startOnce({ directory, detached = false }: AzuriteOptions): Promise<Azurite> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { account, accountKey } = await requireAccount(directory);
  const port = await findFreePort();
  const logFile = path.join(directory, 'azurite.log');
  const running = await startProcess({
    command: process.execPath,
    args: [
      createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js'),
      '--blobHost=127.0.0.1',
      `--blobPort=${port}`,
      `--location=${directory}`,
      // The client may speak a newer version of the protocol than the server has heard of.
      '--skipApiVersionCheck',
      '--disableTelemetry',
      '--silent',
    ],
    env: { AZURITE_ACCOUNTS: `${account}:${accountKey}` },
    cwd: directory,
    logFile,
    detached,
  });
  const endpoint = `http://127.0.0.1:${port}/${account}`;
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${endpoint};`;
  const client = BlobServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 1 } });
  const stop = () => stopAzurite(running);
  const answered = await waitFor(
    async () => {
      if (!isRunning(running)) return false;
      return client.getProperties().then(
        () => true,
        () => undefined,
      );
    },
    { timeout: seconds(60), interval: 200 },
  );
  if (!answered) {
    await stop();
    throw new DrillError('LAB_FAILED', 'the blob service does not answer', {
      hint: `Its log says why: ${logFile}`,
      details: { endedAtOnce: answered === false },
    });
  }
  return {
    endpoint,
    account,
    accountKey,
    connectionString,
    process: { pid: running.pid, startTime: running.startTime },
    async createContainer(name) {
      await client.createContainer(name);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Also ends one that another process of ours has started. */
export async function stopAzurite(process: ProcessRef): Promise<void> {
  await stopProcess(process, { grace: seconds(5) });
}

/** Azurite's documented account is known to everybody; the lab makes its own. */
async function requireAccount(directory: string): Promise<{ account: string; accountKey: string }> {
  const file = path.join(directory, 'account.json');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return JSON.parse(kept) as { account: string; accountKey: string };
  const made = {
    account: `lab${randomBytes(6).toString('hex')}`,
    accountKey: randomBytes(64).toString('base64'),
  };
  await writeFile(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}
