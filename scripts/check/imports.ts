import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { IMPORT_TABLE, type Row } from './import-table.ts';
import type { ProjectCheck } from './project-check.ts';
import { projectFiles } from './project-files.ts';
import { readImports, type Import } from './read-imports.ts';

/** Holds every import of the project against the table. Scripts that a browser page loads are no modules of ours. */
export function importCheck(table: readonly Row[] = IMPORT_TABLE): ProjectCheck {
  return {
    name: 'import table',
    async find(root) {
      const declared = declaredPackages(root);
      return projectFiles(root, '.ts', '.js')
        .filter((file) => !file.startsWith('lab/application/page/'))
        .flatMap((file) => findProblems(root, file, table, declared));
    },
  };
}

function findProblems(
  root: string,
  file: string,
  table: readonly Row[],
  declared: ReadonlySet<string>,
): string[] {
  const row = table.find(({ from }) => covers(from, file));
  if (!row) return [`${file}: no row of the import table covers it (scripts/check/import-table.ts)`];
  return readImports(file, readFileSync(path.join(root, file), 'utf8')).flatMap((found) => {
    const problem = judge(root, file, found, row, declared);
    return problem === undefined ? [] : [`${file}:${found.line} ${problem}`];
  });
}

function judge(
  root: string,
  file: string,
  { specifier }: Import,
  row: Row,
  declared: ReadonlySet<string>,
): string | undefined {
  if (specifier === undefined) {
    return row.computed ? undefined : `imports something computed; ${row.from} may import only what it names`;
  }
  if (!specifier.startsWith('.')) return judgePackage(specifier, row, declared);
  const target = path.posix.join(path.posix.dirname(file), specifier);
  if (target.startsWith('..')) return `imports ${specifier}, which is outside the project`;
  if (!existsSync(path.join(root, target))) return `imports ${target}, which does not exist`;
  if (isItsOwn(row.from, file, target) || row.may.some((pattern) => covers(pattern, target)))
    return undefined;
  return `imports ${target}; ${row.from} may import ${row.may.join(', ') || 'nothing else of the project'}`;
}

function judgePackage(specifier: string, row: Row, declared: ReadonlySet<string>): string | undefined {
  const name = packageOf(specifier);
  if (row.packages !== undefined && !row.packages.some((allowed) => coversPackage(allowed, specifier))) {
    return `imports ${specifier}; ${row.from} may import ${row.packages.join(', ') || 'no package'}`;
  }
  if (isBuiltin(specifier) || declared.has(name) || declared.has(`@types/${name}`)) return undefined;
  return `imports ${specifier}, which package.json does not name`;
}

/** A row's own folder: with `*` in it, the one that the file is in. A row for one file, or one kind of file, has none. */
function isItsOwn(from: string, file: string, target: string): boolean {
  if (path.posix.extname(from) !== '') return file === target;
  const own = file.split('/').slice(0, from.split('/').length).join('/');
  return target.startsWith(`${own}/`);
}

/** Whether a pattern of the table means this file: the file itself, or a folder above it. */
export function covers(pattern: string, file: string): boolean {
  const wanted = pattern.split('/');
  const parts = file.split('/');
  if (parts.length < wanted.length) return false;
  if (path.posix.extname(pattern) !== '' && parts.length !== wanted.length) return false;
  return wanted.every((want, at) => matches(want, parts[at] ?? ''));
}

function matches(want: string, part: string): boolean {
  const [before, after] = want.split('*');
  return after === undefined ? want === part : part.startsWith(before ?? '') && part.endsWith(after);
}

function coversPackage(allowed: string, specifier: string): boolean {
  if (allowed === 'node:*') return specifier.startsWith('node:');
  return specifier === allowed || specifier.startsWith(`${allowed}/`);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function declaredPackages(root: string): ReadonlySet<string> {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return new Set([
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.devDependencies ?? {}),
  ]);
}
