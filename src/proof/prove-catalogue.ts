import type { ProvingDrill, Sabotage } from '../../lab/sabotages/sabotage.ts';
import { formatDuration } from '../model/duration.ts';
import { DrillError } from '../model/errors.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { findings } from './findings.ts';
import type { GroundOptions } from './ground.ts';
import { describe, judgeEntry, type Judgement } from './judge-entry.ts';
import type { ProvingGround } from './take-drill.ts';

/** The drills that are taken with no other beside them: half a machine carries half the load. */
const MEASURES_THE_MACHINE: ProvingDrill = 'load';

export interface ProveOptions {
  /** Grounds to work on at a time. */
  readonly jobs: number;
  /** Opens another of them. */
  readonly open: (options: GroundOptions) => Promise<ProvingGround>;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

export interface TriedSabotage {
  readonly entry: CatalogueEntry;
  readonly judgement: Judgement;
}

/**
 * Tries each sabotage, after each drill that they need has passed without any: what is caught in a drill that never
 * passes proves nothing. Rejects with LAB_FAILED or INTERRUPTED.
 */
export async function proveCatalogue(
  entries: readonly CatalogueEntry[],
  options: ProveOptions,
): Promise<readonly TriedSabotage[]> {
  const { jobs, open, signal, print } = options;
  const begun = performance.now();
  const say = (line: string) => print(`${formatDuration(performance.now() - begun).padStart(8)}  ${line}`);
  const kinds = [...new Set(entries.map(({ sabotage }) => sabotage.drill))];
  say(`${entries.length} sabotages on ${kinds.length} kinds of drill, ${jobs} at a time`);
  const tried: TriedSabotage[] = [];
  const failure = new AbortController();
  const stopped = AbortSignal.any([signal, failure.signal]);
  let number = 0;

  const controls = kinds.map((kind) => ({
    kind,
    take: (ground: ProvingGround) => takeControl(ground, kind),
  }));
  const trials = entries.map((entry) => ({
    kind: entry.sabotage.drill,
    take: (ground: ProvingGround) => tryEntry(ground, entry),
  }));
  const tasks = [...controls, ...trials];
  const beside = tasks.filter(({ kind }) => kind !== MEASURES_THE_MACHINE);
  const alone = tasks.filter(({ kind }) => kind === MEASURES_THE_MACHINE);
  const queue = beside.values();
  const hands = Math.max(1, Math.min(jobs, beside.length));
  let atWork = hands;
  // Labs come up one after the other: two at a time would draw the same free ports now and then.
  let opening: Promise<unknown> = Promise.resolve();
  const work = async () => {
    const opened = opening.then(() => open({ say: () => {}, signal: stopped }));
    opening = opened.catch(() => {});
    await using ground = await opened;
    say(`a lab is up, and its site lost`);
    const takeAll = async (some: Iterable<(typeof tasks)[number]>) => {
      for (const { take } of some) {
        stopped.throwIfAborted();
        await take(ground);
      }
    };
    await takeAll(queue);
    // Whoever comes here last has the machine for himself.
    if (--atWork === 0) await takeAll(alone);
  };
  const workers = Array.from({ length: hands }, () =>
    work().catch((error: unknown) => {
      failure.abort(error);
      throw error;
    }),
  );
  const ended = await Promise.allSettled(workers);
  if (signal.aborted)
    throw new DrillError('INTERRUPTED', 'the proof was interrupted; its labs are taken down');
  for (const worker of ended) if (worker.status === 'rejected') throw failure.signal.reason;
  return tried;

  async function takeControl(ground: ProvingGround, kind: ProvingDrill): Promise<void> {
    const taken = await ground.take({
      kind,
      number: ++number,
      sabotage: checksOf(entries, kind),
      signal: stopped,
    });
    if (taken.verdict !== 'passed') {
      stopped.throwIfAborted();
      throw new DrillError(
        'LAB_FAILED',
        `the drill "${kind}" is ${taken.verdict} without any sabotage, so nothing that it catches would prove anything`,
        {
          details: Object.fromEntries(
            findings(taken.events).map(({ what, code, seen }) => [what, `${code} ${seen}`]),
          ),
        },
      );
    }
    await taken.discard();
    say(`control   ${kind.padEnd(44)} passed, with nothing damaged (${formatDuration(taken.durationMs)})`);
  }

  async function tryEntry(ground: ProvingGround, entry: CatalogueEntry): Promise<void> {
    const { name, sabotage } = entry;
    const taken = await ground.take({
      kind: sabotage.drill,
      number: ++number,
      sabotage,
      signal: stopped,
    });
    stopped.throwIfAborted();
    const judgement = judgeEntry(sabotage, taken);
    tried.push({ entry, judgement });
    const took = formatDuration(taken.durationMs);
    if (judgement.killed) say(`killed    ${name.padEnd(44)} ${describe(sabotage.caughtBy)} (${took})`);
    else say(`SURVIVED  ${name.padEnd(44)} ${judgement.why} (${took})`);
    await taken.discard();
  }
}

/** What the sabotages of a kind need to pass: all checks that any of them names, or the whole suite. */
function checksOf(entries: readonly CatalogueEntry[], kind: ProvingDrill): Pick<Sabotage, 'checks'> {
  const named = entries.flatMap(({ sabotage }) => (sabotage.drill === kind ? [sabotage.checks] : []));
  return named.every((checks) => checks !== undefined) ? { checks: [...new Set(named.flat())] } : {};
}
