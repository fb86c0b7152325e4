export interface Signals extends Disposable {
  readonly signal: AbortSignal;
}

/** Ctrl-C and SIGTERM once: stop and undo. Again: still undo, nothing can skip it. */
export function trapSignals(): Signals {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    const again = controller.signal.aborted;
    process.stderr.write(
      again
        ? `${name} again: undo is under way and goes on\n`
        : `${name}: stopping, then undoing what was done\n`,
    );
    controller.abort(new Error(name));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}
