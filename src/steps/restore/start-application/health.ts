import { readFile } from 'node:fs/promises';
import type { LaunchedProcess, StepContext } from '../../../model/drill.ts';
import { formatDuration, seconds, type Milliseconds } from '../../../model/duration.ts';
import { DrillError } from '../../../model/errors.ts';
import { httpsGet, type HttpsAnswer } from '../../../support/https-get.ts';
import { waitFor } from '../../../support/wait-for.ts';

/** A server may run migrations on a large database before it answers. */
const PATIENCE: Milliseconds = seconds(300);

/** The bare ping answers OK without a database. This one asks database and file store. */
export const PING = '/api/v4/system/ping?get_server_status=true';

export interface Healthy {
  /** "11.6.0" */
  readonly version: string;
  readonly body: string;
}

export interface WaitForHealth {
  readonly application: LaunchedProcess;
  readonly front: LaunchedProcess;
  readonly patience?: Milliseconds;
}

/**
 * Asks the site as its users reach it, by name and over verified TLS, until database and file store are well. Rejects
 * with APPLICATION_NOT_HEALTHY, with the last answer and the end of the log.
 */
export async function waitUntilHealthy(
  ctx: StepContext,
  { application, front, patience = PATIENCE }: WaitForHealth,
): Promise<Healthy> {
  let last = 'no answer';
  let ended: string | undefined;
  for (const [what, process] of [
    ['the application', application],
    ['the TLS front', front],
  ] as const) {
    void process.ended.then((how) => (ended ??= `${what} ended with ${how}`));
  }

  const started = performance.now();
  let told = started;
  const found = await waitFor(
    async () => {
      if (ended !== undefined) throw await notHealthy(ended, last, application);
      if (performance.now() - told > 5_000) {
        told = performance.now();
        ctx.progress(`Waiting for the application: ${last} (${formatDuration(told - started)})`);
      }
      const answer = await askHealth(ctx, ctx.get('scratch')).catch((error: unknown) => {
        ctx.signal.throwIfAborted();
        last = error instanceof Error ? error.message : String(error);
      });
      if (answer === undefined) return undefined;
      last = `HTTP ${answer.status} ${answer.body.slice(0, 500)}`;
      if (!isWell(answer)) return undefined;
      return { version: versionOf(answer.headers['x-version-id']), body: answer.body };
    },
    { timeout: patience, signal: ctx.signal },
  );
  if (found === undefined)
    throw await notHealthy(`not healthy after ${formatDuration(patience)}`, last, application);
  return found;
}

/** Asks the site at this address how it is, by name and over verified TLS. Rejects when it does not answer. */
export async function askHealth(
  ctx: Pick<StepContext, 'config' | 'signal'>,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<HttpsAnswer> {
  const { site, tls } = ctx.config;
  const url = new URL(PING, site.url);
  url.port = String(port);
  return httpsGet(url, {
    ca: tls.ca === undefined ? undefined : await readFile(tls.ca),
    signal: ctx.signal,
    timeout: 5_000,
    lookup: async () => address,
  });
}

/** Whether server, database and file store are all well by this answer. */
export function isWell({ status: code, body }: HttpsAnswer): boolean {
  if (code !== 200) return false;
  try {
    const { status, database_status, filestore_status } = JSON.parse(body) as Record<string, unknown>;
    return [status, database_status, filestore_status].every((one) => one === 'OK');
  } catch {
    return false;
  }
}

/** `11.6.0.BUILD.HASH.LICENSED`, as the server sends it with every answer. */
export function versionOf(header: string | string[] | undefined): string {
  return /^\d+\.\d+\.\d+/.exec(String(header ?? ''))?.[0] ?? '';
}

/** Whether that header names Muster's own stand-in as the build. */
export function isOfStandIn(header: string | string[] | undefined): boolean {
  return /^\d+\.\d+\.\d+\.stand-in\./.test(String(header ?? ''));
}

async function notHealthy(why: string, last: string, { logFile }: LaunchedProcess): Promise<DrillError> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  return new DrillError('APPLICATION_NOT_HEALTHY', `the restored site does not come up: ${why}`, {
    details: { 'last answer': last, log: log.trimEnd().split('\n').slice(-8).join('\n       ') },
    hint: 'Its log is in the run folder. Health means that its database and its file store answer, too.',
  });
}
