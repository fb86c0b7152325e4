import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { checkCodeDocsCheck } from '../../scripts/check/check-code-docs.ts';
import { commandCheck } from '../../scripts/check/commands.ts';
import { errorDocsCheck } from '../../scripts/check/error-docs.ts';
import { generatedCheck } from '../../scripts/check/generated.ts';
import { importCheck } from '../../scripts/check/imports.ts';
import { journalDocsCheck } from '../../scripts/check/journal-docs.ts';
import { k6Check } from '../../scripts/check/k6-scripts.ts';
import { linkCheck } from '../../scripts/check/links.ts';
import { runCheck, type ProjectCheck } from '../../scripts/check/project-check.ts';
import { snippetCheck } from '../../scripts/check/snippets.ts';
import { openTempFolder } from './tiny-programs.ts';

const MANIFEST = { 'package.json': '{ "dependencies": { "zod": "4.6.7", "@playwright/test": "1.65.1" } }' };

it.for([
  ['a static import', `import { run } from '../engine/run.ts';`],
  ['a type', `import type { Run } from '../engine/run.ts';`],
  ['a type in passing', `let run: import('../engine/run.ts').Run;`],
  ['a dynamic import', `const { run } = await import('../engine/run.ts');`],
  ['an export', `export * from '../engine/run.ts';`],
])('names file, line and row when the model imports the engine by %s', async ([, source]) => {
  const problems = await find(importCheck(), {
    ...MANIFEST,
    'src/engine/run.ts': 'export const run = 1;',
    'src/model/drill.ts': `// import './comment.ts' is none\n${source}\n`,
  });
  expect(problems).toEqual([
    'src/model/drill.ts:2 imports src/engine/run.ts; src/model may import nothing else of the project',
  ]);
});

it('keeps providers of one kind apart from those of another', async () => {
  const problems = await find(importCheck(), {
    ...MANIFEST,
    'src/providers/dns/contract.ts': 'export const a = 1;',
    'src/providers/dns/none.ts': `import './contract.ts';`,
    'src/providers/identity/oidc.ts': `import '../dns/contract.ts';`,
  });
  expect(problems).toEqual([
    'src/providers/identity/oidc.ts:1 imports src/providers/dns/contract.ts; src/providers/* may import src/model, src/support',
  ]);
});

it('keeps Playwright out of the engine, and undeclared packages out of everything', async () => {
  const problems = await find(importCheck(), {
    ...MANIFEST,
    'src/engine/run.ts': `import '@playwright/test';`,
    'src/support/words.ts': `import 'left-pad';`,
  });
  expect(problems).toEqual([
    'src/engine/run.ts:1 imports @playwright/test; src/engine may import execa, node:*',
    'src/support/words.ts:1 imports left-pad, which package.json does not name',
  ]);
});

it('refuses imports that nobody can read, that lead nowhere, and files that no row covers', async () => {
  const problems = await find(importCheck(), {
    ...MANIFEST,
    'src/model/a.ts': 'await import(process.argv[2]);',
    'src/model/b.ts': `import './gone.ts';`,
    'elsewhere/c.ts': '',
  });
  expect(problems).toEqual([
    'elsewhere/c.ts: no row of the import table covers it (scripts/check/import-table.ts)',
    'src/model/a.ts:1 imports something computed; src/model may import only what it names',
    'src/model/b.ts:1 imports src/model/gone.ts, which does not exist',
  ]);
});

it('finds links to files and headings that are not there', async () => {
  const problems = await find(linkCheck, {
    'README.md':
      '[a](docs/a.md#two-words) [b](docs/b.md) [c](docs/a.md#three) [web](https://example.com)\n`[no](link.md)`',
    'docs/a.md': '# A\n\n## Two words\n\n```md\n[not](one.md)\n```\n',
  });
  expect(problems).toEqual([
    'README.md:1 links to docs/b.md, which does not exist',
    'README.md:1 links to docs/a.md#three, and no heading there has that name',
  ]);
});

it('finds code in docs that is not, or no more, in the file that it names', async () => {
  const problems = await find(snippetCheck, {
    'drills/a.drill.ts': 'const a = {\n  title: 1,\n\n  why: 2,\n};\n',
    'docs/a.md': [
      ...['```ts file=drills/a.drill.ts', 'title: 1,', '', 'why: 2,', '```'],
      ...['```ts file=drills/a.drill.ts', 'title: 3,', '```'],
      ...['```ts', 'made up', '```'],
      ...['```ts file=gone.ts', 'x', '```', '```sh', 'npm test', '```'],
    ].join('\n'),
  });
  expect(problems).toEqual([
    'docs/a.md:6 shows code that is not in drills/a.drill.ts (any more); copy it from there again',
    'docs/a.md:9 shows ts code of no file; take it from one and say which: ```ts file=PATH',
    'docs/a.md:12 shows code of gone.ts, which does not exist',
  ]);
});

it('misses an error code without a section, with a wrong exit code, and a section without a code', async () => {
  const codes = { BACKUP_STALE: { exit: 1 }, PORT_TAKEN: { exit: 84 }, LAB_FAILED: { exit: 80 } };
  const problems = await find(errorDocsCheck(codes), {
    'docs/errors.md':
      '## BACKUP_STALE\n\nExit code 1.\n\n## PORT_TAKEN\n\nExit code 85.\n\n## GONE_CODE\n\nExit code 3.\n',
  });
  expect(problems).toEqual([
    'docs/errors.md, PORT_TAKEN: does not say "exit code 84", which is the one it ends with',
    'docs/errors.md has no section "LAB_FAILED" (src/model/errors.ts has the code)',
    'docs/errors.md has a section "GONE_CODE", and src/model/errors.ts has no such code',
  ]);
});

it('misses the codes of checks that docs do not explain', async () => {
  const problems = await find(checkCodeDocsCheck, {
    'src/steps/a.ts': `const check = { id: 'a', code: old ? 'BACKUP_OLD' : 'BACKUP_YOUNG', claim: 'NOT_A_CODE' };`,
    'docs/checks.md': '# Checks\n\n| `BACKUP_OLD` | old |\n| `GONE_CODE` | gone |\n',
  });
  expect(problems).toEqual([
    'docs/checks.md does not explain BACKUP_YOUNG, which a check in src/steps/a.ts carries',
    'docs/checks.md explains GONE_CODE, which no check carries',
  ]);
});

it('shows which load script k6 cannot read, and with the file of which tier', async () => {
  const tiers = { 'k6/targets/lab.json': '{ "users": 5 }', 'k6/targets/broken.json': '{ "users":' };
  const script = `const { users } = JSON.parse(open(__ENV.MUSTER_TARGET_FILE));
    export const options = { vus: users };
    export default function () {}`;
  expect(
    await find(k6Check, { 'k6/a.ts': script, 'k6/targets/lab.json': tiers['k6/targets/lab.json'] }),
  ).toEqual([]);
  const [problem, ...others] = await find(k6Check, { 'k6/a.ts': script, ...tiers });
  expect(problem).toMatch(/broken\.json .*a\.ts ended with \d+:\n[^]*SyntaxError/);
  expect(others).toEqual([]);
  expect(await find(k6Check, { 'k6/targets/lab.json': '{}' })).toEqual(['k6/ holds no script']);
});

it('misses events and fields of the journal that docs do not describe', async () => {
  const problems = await find(journalDocsCheck, {
    'src/model/journal.ts': `export type JournalBody =
      | { readonly type: 'step.started'; readonly step: string; readonly title: string }
      | { readonly type: 'undo.started' | 'undo.finished'; readonly step: string };`,
    'docs/journal.md':
      '# Journal\n\n### `step.started`\n\n`step`\n\n### `undo.started`, `run.gone`\n\n`step`\n',
  });
  expect(problems).toEqual([
    'docs/journal.md, step.started: the field "title" is not described',
    'docs/journal.md has no section for the event "undo.finished" (src/model/journal.ts)',
    'docs/journal.md describes the event "run.gone", which src/model/journal.ts does not have',
  ]);
});

it('says at which line a generated file is not what would be generated now', async () => {
  const check = generatedCheck({ file: 'docs/cli.md', render: async () => 'one\ntwo\n' });
  expect(await find(check, { 'docs/cli.md': 'one\ntwo\n' })).toEqual([]);
  expect(await find(check, { 'docs/cli.md': 'one\n2\n' })).toEqual([
    'docs/cli.md:2 is not up to date: has "2", wanted "two"; `node scripts/write-docs.ts` writes it',
  ]);
  expect(await find(check, {})).toEqual(['docs/cli.md is missing; `node scripts/write-docs.ts` writes it']);
});

it('shows what a failing command printed, and with what it ended', async () => {
  const check = commandCheck({ name: 'lint', command: process.execPath, args: ['broken.js'] });
  const [problem] = await find(check, { 'broken.js': 'console.log("line 3 is wrong"); process.exit(3);' });
  expect(problem).toMatch(/broken\.js ended with 3:\nline 3 is wrong/);
});

it('counts a check that breaks as a problem, not as a pass', async () => {
  const check: ProjectCheck = { name: 'broken', find: () => Promise.reject(new Error('no such folder')) };
  expect((await runCheck(check, '/'))[0]).toContain('the check itself failed: Error: no such folder');
});

async function find(
  check: ProjectCheck,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  await using temp = await openTempFolder();
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(temp.path, file)), { recursive: true });
    await writeFile(path.join(temp.path, file), text);
  }
  return await check.find(temp.path);
}
