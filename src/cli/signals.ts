import { toDrillError } from '../model/errors.ts';

export interface Signals extends Disposable {
  /** Aborted by the first signal, or by an error that nobody caught. */
  readonly signal: AbortSignal;
}

export interface SignalTexts {
  /** What the first signal brings about. */
  readonly first: string;
  /** Why the second one changes nothing. */
  readonly again: string;
}

const RUN: SignalTexts = {
  first: 'stopping, then undoing what was done',
  again: 'undo is under way and goes on',
};

/** The end of a terminal is no reason to leave a scratch standing either. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl-C, SIGTERM and SIGHUP once: stop and undo. Again: still undo, nothing can skip it. An error that nobody caught
 * does the same, where Node would end this process on the spot.
 */
export function trapSignals({ first, again }: SignalTexts = RUN): Signals {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    process.stderr.write(`${name}${controller.signal.aborted ? ` again: ${again}` : `: ${first}`}\n`);
    controller.abort(new Error(name));
  };
  const onUncaught = (error: unknown) => controller.abort(toDrillError(error));
  for (const name of SIGNALS) process.on(name, stop);
  process.on('uncaughtException', onUncaught);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, stop);
      process.off('uncaughtException', onUncaught);
    },
  };
}
