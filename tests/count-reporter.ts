import type { Reporter, TestModule } from 'vitest/node';

/** The last line of a test run, for CI: "N passed, N failed, N skipped". A file that cannot be loaded counts as failed. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    // After the default reporter's own summary, which is written on the same turn.
    process.once('exit', () => {
      process.stdout.write(
        `${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped') + count('pending')} skipped\n`,
      );
    });
  }
}
