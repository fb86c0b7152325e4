import type { Generated } from '../check/generated.ts';

/**
 * Everything that is written from the code, and must say what the code says. Each loads its own part of the code: one
 * that does not load is one problem, not the end of all checks.
 */
export const PAGES: readonly Generated[] = [
  {
    file: 'muster.schema.json',
    render: async () => (await import('../../src/config/json-schema.ts')).renderJsonSchema(),
  },
  {
    file: 'docs/config.md',
    render: async () => (await import('./render-config.ts')).renderConfigDocs(),
  },
  { file: 'docs/cli.md', render: async () => (await import('./render-cli.ts')).renderCliDocs() },
];
