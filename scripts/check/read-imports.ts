import { parseSync, Visitor } from 'oxc-parser';

export interface Import {
  /** As it is written; undefined where it is computed, so that nobody can tell. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/** Every module that a file reaches for: import, export … from, `import type`, `import()`, `import('x').T` and require. */
export function readImports(file: string, text: string): Import[] {
  const { program, errors } = parseSync(file, text);
  const [broken] = errors;
  if (broken) throw new Error(`${file} cannot be parsed: ${broken.message}`);
  const found: Import[] = [];
  const add = (source: { readonly start: number; readonly type: string; readonly value?: unknown }): void =>
    void found.push({
      specifier: typeof source.value === 'string' ? source.value : undefined,
      line: text.slice(0, source.start).split('\n').length,
    });
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => void (source && add(source)),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    CallExpression: ({ callee, arguments: [first] }) => {
      if (callee.type === 'Identifier' && callee.name === 'require' && first) add(first);
    },
  }).visit(program);
  return found;
}
