import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { readMarkdown } from './markdown.ts';
import type { ProjectCheck } from './project-check.ts';
import { projectFiles } from './project-files.ts';

const PAGE = 'docs/checks.md';

/** Every code that a check can carry in a report is explained, and no code that none carries. */
export const checkCodeDocsCheck: ProjectCheck = {
  name: 'docs/checks.md',
  async find(root) {
    const used = new Map<string, string>();
    for (const file of projectFiles(root, '.ts').filter((name) =>
      /^(src\/(steps|engine)|fixtures)\//.test(name),
    )) {
      for (const code of readCheckCodes(file, readFileSync(path.join(root, file), 'utf8'))) {
        if (!used.has(code)) used.set(code, file);
      }
    }
    const { sections } = readMarkdown(readFileSync(path.join(root, PAGE), 'utf8'));
    const written = new Set(
      sections.flatMap(({ text }) =>
        [...text.matchAll(/^\|\s*`([A-Z][A-Z_]+)`/gm)].map(([, code = '']) => code),
      ),
    );
    return [
      ...[...used]
        .filter(([code]) => !written.has(code))
        .map(([code, file]) => `${PAGE} does not explain ${code}, which a check in ${file} carries`),
      ...[...written]
        .filter((code) => !used.has(code))
        .map((code) => `${PAGE} explains ${code}, which no check carries`),
    ];
  },
};

/** The words that a file gives as `code` of something, whichever way it chooses between them. */
export function readCheckCodes(file: string, text: string): Set<string> {
  const codes = new Set<string>();
  const { program } = parseSync(file, text);
  const collect = new Visitor({
    Literal({ value }) {
      if (typeof value === 'string' && /^[A-Z]+(_[A-Z]+)+$/.test(value)) codes.add(value);
    },
  });
  new Visitor({
    Property({ key, value }) {
      if (key.type !== 'Identifier' || key.name !== 'code') return;
      // The visitor starts at a program, so the value is wrapped in one.
      collect.visit({ ...program, body: [{ type: 'ExpressionStatement', expression: value } as never] });
    },
  }).visit(program);
  return codes;
}
