import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, Visitor, type Node } from 'oxc-parser';
import { readMarkdown } from './markdown.ts';
import type { ProjectCheck } from './project-check.ts';
import { projectFiles } from './project-files.ts';

const PAGE = 'docs/checks.md';
const SOURCES = /^(?:src\/(?:steps|engine)|fixtures)\//;

/** Every code that a check can carry in a report is explained, and no code that nothing carries. */
export const checkCodeDocsCheck: ProjectCheck = {
  name: 'docs/checks.md',
  async find(root) {
    const carried = new Map<string, string>();
    const known = new Set<string>();
    for (const file of projectFiles(root, '.ts').filter((name) => SOURCES.test(name))) {
      const { codes, words } = readCheckCodes(file, readFileSync(path.join(root, file), 'utf8'));
      for (const code of codes) if (!carried.has(code)) carried.set(code, file);
      for (const word of words) known.add(word);
    }
    const { sections } = readMarkdown(readFileSync(path.join(root, PAGE), 'utf8'));
    const written = new Set(
      sections.flatMap(({ text }) =>
        [...text.matchAll(/^\|\s*`([A-Z][A-Z_]+)`/gm)].map(([, code = '']) => code),
      ),
    );
    return [
      ...[...carried]
        .filter(([code]) => !written.has(code))
        .map(([code, file]) => `${PAGE} does not explain ${code}, which a check in ${file} carries`),
      ...[...written]
        .filter((code) => !known.has(code))
        .map((code) => `${PAGE} explains ${code}, which no check carries`),
    ];
  },
};

interface Codes {
  /** Given as `code` of something, whichever way the file chooses between them, or listed in a table of codes. */
  readonly codes: ReadonlySet<string>;
  /** All words that look like codes. */
  readonly words: ReadonlySet<string>;
}

function readCheckCodes(file: string, text: string): Codes {
  const { program } = parseSync(file, text);
  const words = literalsIn(program);
  const codes = new Set<string>();
  const take = (node: Node): void => literalsIn(node).forEach((word) => codes.add(word));
  new Visitor({
    Property({ key, value }) {
      if (key.type === 'Identifier' && key.name === 'code') take(value);
    },
    VariableDeclarator({ id, init }) {
      if (init && id.type === 'Identifier' && id.name === 'CODES') take(init);
    },
  }).visit(program);
  return { codes, words };

  function literalsIn(node: Node): Set<string> {
    const found = new Set<string>();
    for (const [, word = ''] of text.slice(node.start, node.end).matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)) {
      if (word.length > 4) found.add(word);
    }
    return found;
  }
}
