import type { DeferredStatement } from '../../providers/database/deferral.ts';
import { readIndexes } from '../../providers/database/indexes.ts';
import { runInOrder, runStatements, type RunOptions } from '../../providers/database/statements.ts';
import { withClient, type Target } from '../../providers/database/target.ts';

/** Makes what was left for later: indexes over several connections, then materialised views in the dump's order. */
export async function completeRestore(
  target: Target,
  deferred: readonly DeferredStatement[],
  options: RunOptions,
): Promise<void> {
  const isIndex = ({ kind }: DeferredStatement) => kind === 'index';
  await runStatements(target, deferred.filter(isIndex), options);
  const rest = deferred.filter((statement) => !isIndex(statement));
  if (rest.length > 0) await runInOrder(target, rest, options);
}

/** What an earlier attempt, before a run was resumed, has not made already. */
export async function stillMissing(
  target: Target,
  deferred: readonly DeferredStatement[],
): Promise<DeferredStatement[]> {
  const found = await withClient(target, readIndexes);
  const there = new Set(found.map(({ name }) => name));
  return deferred.filter(({ name, sql }) => !(there.has(name) && /^CREATE (?:UNIQUE )?INDEX/m.test(sql)));
}
