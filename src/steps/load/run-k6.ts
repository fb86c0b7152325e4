import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StepContext } from '../../model/drill.ts';
import { seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { runLayout } from '../../model/layout.ts';
import { judgeLoad, type K6Summary } from './judge-load.ts';
import { K6_FOLDER, k6Seconds, type LoadTarget } from './load-target.ts';

/** The role under which k6 is launched. */
export const LOAD_GENERATOR = 'load generator';

/** k6's exit code for thresholds that were missed (k6, errext/exitcodes). 0 and it are the only ones about the site. */
const THRESHOLDS_MISSED = 'exit code 99';

export interface K6Options {
  readonly k6: string;
  readonly target: LoadTarget;
  /** Users, tokens and channels, readable by its owner alone. */
  readonly loadFile: string;
  readonly proxyUrl?: string;
  /** PEM file with every authority that k6 is to trust. */
  readonly caFile?: string;
  /** For what k6 reads. */
  readonly directory: string;
}

/** Runs k6 to its end. Rejects with COMMAND_FAILED when it could not measure; missed thresholds are in the summary. */
export async function runK6(
  ctx: Pick<StepContext, 'launch' | 'endLaunched' | 'progress' | 'signal' | 'runDir'>,
  { k6, target, loadFile, proxyUrl, caFile, directory }: K6Options,
): Promise<K6Summary> {
  const { k6: folder } = runLayout(ctx.runDir);
  await mkdir(folder, { recursive: true });
  const summaryFile = path.join(folder, 'summary.json');
  const targetFile = path.join(directory, 'target.json');
  await rm(summaryFile, { force: true });
  await writeFile(targetFile, JSON.stringify(target));
  ctx.signal.throwIfAborted();

  const { ended, logFile } = await ctx.launch({
    role: LOAD_GENERATOR,
    command: k6,
    args: ['run', '--no-color', '--no-usage-report', '--address', '', 'incident.ts'],
    cwd: K6_FOLDER,
    env: {
      MUSTER_TARGET_FILE: targetFile,
      MUSTER_LOAD_FILE: loadFile,
      MUSTER_SUMMARY: summaryFile,
      K6_NO_USAGE_REPORT: 'true',
      NO_PROXY: '',
      ...(proxyUrl !== undefined && { HTTPS_PROXY: proxyUrl }),
      ...(caFile !== undefined && { SSL_CERT_FILE: caFile }),
    },
  });
  const onAbort = (): void => void ctx.endLaunched(LOAD_GENERATOR);
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  const stopTelling = tellProgress(ctx, target, logFile);
  const ending = await ended;
  stopTelling.abort();
  ctx.signal.removeEventListener('abort', onAbort);
  ctx.signal.throwIfAborted();

  const output = { output: path.relative(ctx.runDir, logFile) };
  if (ending !== 'exit code 0' && ending !== THRESHOLDS_MISSED) {
    throw new DrillError('COMMAND_FAILED', `k6 ended with ${ending}`, {
      cause: new Error((await findError(logFile)) ?? 'it printed no error'),
      details: output,
      hint: 'Read its output: the load could not be made, and nothing is known about the site.',
    });
  }
  const summary = JSON.parse(await readFile(summaryFile, 'utf8')) as K6Summary;
  const anyMissed = judgeLoad(target, summary).some(({ verdict }) => verdict === 'missed');
  if (ending === THRESHOLDS_MISSED && !anyMissed) {
    throw new DrillError('HARNESS_BUG', 'k6 reports a missed threshold, and no check has seen it', {
      details: output,
    });
  }
  return summary;
}

/** A line every few seconds, with k6's own words on how far it is. */
function tellProgress(
  ctx: Pick<StepContext, 'progress'>,
  { warmUp, duration }: LoadTarget,
  logFile: string,
): AbortController {
  const stop = new AbortController();
  const total = k6Seconds(warmUp) + k6Seconds(duration);
  const started = performance.now();
  const tell = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await sleep(seconds(8), undefined, { signal: stop.signal });
      const elapsed = Math.round((performance.now() - started) / 1000);
      const text = await readFile(logFile, 'utf8').catch(() => '');
      const words = text.match(/\d+\/\d+ VUs, \d+ complete/g)?.at(-1) ?? 'k6 is starting';
      ctx.progress(`${elapsed}s of about ${total}s: ${words}`);
    }
  };
  // Its only end is the abort.
  tell().catch(() => {});
  return stop;
}

async function findError(logFile: string): Promise<string | undefined> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.split('\n').find((line) => /level=error|ERRO/.test(line));
}
