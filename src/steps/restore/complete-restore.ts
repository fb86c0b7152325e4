import type { DeferredStatement } from '../../providers/database/deferral.ts';
import { runInOrder, runStatements, type RunOptions } from '../../providers/database/statements.ts';
import type { Target } from '../../providers/database/target.ts';

/** Makes what was left for later: indexes over several connections, then materialised views in the dump's order. */
export async function completeRestore(
  target: Target,
  deferred: readonly DeferredStatement[],
  options: RunOptions,
): Promise<void> {
  await runStatements(
    target,
    deferred.filter(({ kind }) => kind === 'index'),
    options,
  );
  await runInOrder(
    target,
    deferred.filter(({ kind }) => kind !== 'index'),
    options,
  );
}
