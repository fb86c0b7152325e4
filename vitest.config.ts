import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Tests start real servers and browsers: more at once than processors only makes all of them slower.
    maxWorkers: 2,
    // A test that loses itself in memory fails alone, instead of taking the machine with it.
    execArgv: ['--max-old-space-size=1536'],
    // Generous, because nothing is judged by it: a machine that is busy must not turn a test red.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    reporters: ['default', './tests/count-reporter.ts'],
  },
});
