import path from 'node:path';
import { checkCodeDocsCheck } from './check/check-code-docs.ts';
import { commandCheck } from './check/commands.ts';
import { errorDocsCheck } from './check/error-docs.ts';
import { generatedCheck } from './check/generated.ts';
import { importCheck } from './check/imports.ts';
import { journalDocsCheck } from './check/journal-docs.ts';
import { k6Check } from './check/k6-scripts.ts';
import { linkCheck } from './check/links.ts';
import { runCheck, type ProjectCheck } from './check/project-check.ts';
import { snippetCheck } from './check/snippets.ts';
import { PAGES } from './docs/pages.ts';

/** Tests that need no site: the words, the engine, the settings, the reports, and each provider's contract. */
const QUICK_TESTS = [
  'tests/model',
  'tests/engine',
  'tests/config',
  'tests/support',
  'tests/reporters',
  'tests/golden',
  'tests/scripts',
  'tests/docs',
  'tests/providers/object-store',
  'tests/providers/dns',
  'tests/providers/identity',
];

/** Fast ones first: who waits sees the first problem soon. */
const CHECKS: readonly ProjectCheck[] = [
  commandCheck({ name: 'lint', command: 'oxlint', args: ['--deny-warnings'] }),
  importCheck(),
  linkCheck,
  snippetCheck,
  errorDocsCheck(),
  checkCodeDocsCheck,
  journalDocsCheck,
  k6Check,
  ...PAGES.map(generatedCheck),
  commandCheck({ name: 'types', command: 'tsc', args: ['--project', '.'] }),
  commandCheck({ name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] }),
  commandCheck({
    name: 'unit and contract tests',
    command: 'vitest',
    args: ['run', '--silent=true', ...QUICK_TESTS],
  }),
];

const root = path.join(import.meta.dirname, '..');
/** CI runs all tests right after: these would be run twice. */
const withoutTests = process.argv.includes('--without-tests');
const failures: string[] = [];

for (const check of CHECKS.filter(({ name }) => !withoutTests || name !== 'unit and contract tests')) {
  const begun = performance.now();
  const problems = await runCheck(check, root);
  const took = `${((performance.now() - begun) / 1000).toFixed(1)}s`.padStart(7);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  process.stdout.write(`${took}  ${check.name.padEnd(24)} ${problems.length === 0 ? 'ok' : count}\n`);
  if (problems.length > 0) failures.push(`${check.name}:\n${problems.map(indent).join('\n')}`);
}

if (failures.length > 0) {
  process.stdout.write(
    `\n${failures.join('\n\n')}\n\n${failures.length} of ${CHECKS.length} checks failed\n`,
  );
  process.exitCode = 1;
} else {
  process.stdout.write(`\nall ${CHECKS.length} checks hold\n`);
}

function indent(problem: string): string {
  return `  ${problem.replaceAll('\n', '\n    ')}`;
}
