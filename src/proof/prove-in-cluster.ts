import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { DrillError, type DrillErrorOptions, type ErrorCode } from '../model/errors.ts';
import { requireTool } from '../support/tools.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { Judgement } from './judge-entry.ts';
import type { TriedSabotage } from './prove-catalogue.ts';

/** What the process in a network of its own has to say in the end. */
export type ClusterAnswer =
  | { readonly judgements: Readonly<Record<string, Judgement>> }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } & DrillErrorOptions };

/** Tries sabotages on a cluster: by a process of its own, because a lab with a cluster needs a network of its own. */
export async function proveInCluster(
  entries: readonly CatalogueEntry[],
  signal: AbortSignal,
): Promise<readonly TriedSabotage[]> {
  const child = spawn(
    await requireTool('unshare'),
    [
      ...['--net', '--', await requireTool('setpriv'), '--pdeathsig', 'KILL', '--'],
      ...[process.execPath, path.join(import.meta.dirname, 'cluster-process.ts')],
      ...entries.map(({ name }) => name),
    ],
    // A session of its own: Ctrl-C in the terminal reaches us alone.
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true },
  );
  const stop = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const ended = once(child, 'exit').then(() => undefined);
  const answer = await Promise.race([once(child, 'message'), ended]);
  signal.removeEventListener('abort', stop);
  if (answer === undefined)
    throw new DrillError('LAB_FAILED', 'the process that tries sabotages on a cluster ended without a word');
  child.disconnect();
  await ended;
  const [said] = answer as [ClusterAnswer];
  if ('error' in said) throw new DrillError(said.error.code, said.error.message, said.error);
  return entries.flatMap((entry) => {
    const judgement = said.judgements[entry.name];
    return judgement ? [{ entry, judgement }] : [];
  });
}
