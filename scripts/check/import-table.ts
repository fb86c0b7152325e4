export interface Row {
  /** A file, or a folder with all below it. `*` stands for one name. */
  readonly from: string;
  /** Files and folders of the project, beside its own. */
  readonly may: readonly string[];
  /** Packages, `node:` ones among them; any, where this is left out. A name covers what is below it. */
  readonly packages?: readonly string[];
  /** Whether a computed `import()` is the point of it. */
  readonly computed?: boolean;
}

const ANYTHING = [
  'bin',
  'src',
  'reporters',
  'lab',
  'fixtures',
  'drills',
  'k6',
  'scripts',
  'bench',
  'tests',
  'playwright.config.ts',
  'vitest.config.ts',
];

/** Who may import whom: docs/architecture.md as code. The first row that fits a file counts, so the narrowest come first. */
export const IMPORT_TABLE: readonly Row[] = [
  // Old versions of Node.js must be able to read these, and run them without any package.
  { from: 'bin/check-install.js', may: [], packages: ['fs'] },
  { from: 'bin/muster.js', may: ['bin/check-install.js', 'src/cli/main.ts'], packages: [] },
  { from: 'scripts/setup.js', may: ['bin/check-install.js', 'scripts/setup.ts'], packages: [] },
  // Runs before tools are there, so before anything that needs one.
  { from: 'scripts/setup.ts', may: ['scripts/setup', 'src/model', 'src/support'], packages: ['node:*'] },
  { from: 'scripts/setup', may: ['src/model', 'src/support'], packages: ['node:*'] },

  { from: 'drills/*.drill.ts', may: ['src/index.ts'], packages: [] },
  { from: 'drills/checks', may: ['fixtures/index.ts'], packages: ['node:*'] },

  { from: 'src/index.ts', may: ['src/model', 'src/steps'], packages: [] },
  // No I/O: the words, and the settings' schema whose types everybody shares.
  { from: 'src/model', may: [], packages: ['zod', 'node:path'] },
  { from: 'src/support', may: ['src/model'] },
  {
    from: 'src/config',
    may: ['src/model', 'src/support'],
    packages: ['zod', 'yaml', 'node:*'],
    computed: true,
  },
  { from: 'src/providers/object-store', may: ['src/model', 'src/support'] },
  {
    from: 'src/providers/cluster',
    may: ['src/model', 'src/support'],
    packages: ['@kubernetes/client-node', 'node:*'],
  },
  {
    from: 'src/providers/*',
    may: ['src/model', 'src/support'],
    packages: ['execa', 'pg', 'tar', 'ws', 'zod', 'node:*'],
  },
  // What a site was at its backup: written beside the primary, read again by the drill.
  {
    from: 'src/baseline',
    may: ['src/model', 'src/support', 'src/providers'],
    packages: ['pg', 'zod', 'node:*'],
  },
  // The engine knows neither browser nor database: it owns order, clock, journal and undo.
  { from: 'src/engine', may: ['src/model', 'src/support'], packages: ['execa', 'node:*'] },
  // Playwright loads this file, in a process of its own.
  {
    from: 'src/steps/verify/playwright-reporter.ts',
    may: ['src/steps', 'src/model'],
    packages: ['@playwright/test/reporter', 'node:*'],
  },
  // Keeps a browser's page open across the switch.
  {
    from: 'src/steps/failover/old-page.ts',
    may: ['src/steps', 'src/model', 'src/support'],
    packages: ['@playwright/test', 'node:*'],
  },
  {
    from: 'src/steps',
    may: ['src/model', 'src/support', 'src/providers', 'src/baseline'],
    packages: ['pg', 'tar', 'zod', 'yaml', 'execa', 'node:*'],
  },
  // Runs the drills that prove what drills catch, on labs and copies of its own.
  { from: 'src/proof', may: ['src', 'lab'], packages: ['execa', 'node:*'], computed: true },
  {
    from: 'src/cli',
    may: ['src', 'reporters', 'lab/index.ts'],
    packages: ['commander', 'node:*'],
    computed: true,
  },

  { from: 'fixtures', may: ['src/model', 'src/config', 'src/support', 'src/providers/*/contract.ts'] },
  { from: 'playwright.config.ts', may: ['fixtures', 'src/model'], packages: ['@playwright/test', 'node:*'] },
  {
    from: 'reporters',
    may: ['src/model', 'src/support'],
    packages: ['@allurereport', 'allure-js-commons', 'node:*'],
  },
  // Runs in k6's own runtime.
  { from: 'vitest.config.ts', may: [], packages: ['vitest/config', 'node:*'] },
  { from: 'k6', may: [], packages: ['k6'] },
  // A site is made without knowing how drills recover it; what writes to a store is the lab's own.
  { from: 'lab/application', may: ['src/model', 'src/support'] },
  {
    from: 'lab',
    may: [
      'src/model',
      'src/support',
      'src/providers/*/contract.ts',
      'src/providers/database/cluster.ts',
      'src/providers/cluster/api-server.ts',
      'src/providers/dns/index.ts',
      // A baseline is part of what a real site's backup job leaves.
      'src/baseline/take-baseline.ts',
    ],
  },

  { from: 'scripts', may: ANYTHING, computed: true },
  { from: 'bench', may: ANYTHING, computed: true },
  { from: 'tests', may: ANYTHING, computed: true },
];
