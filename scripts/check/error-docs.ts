import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ERRORS } from '../../src/model/errors.ts';
import { readMarkdown } from './markdown.ts';
import type { ProjectCheck } from './project-check.ts';

const PAGE = 'docs/errors.md';

/** Every error code has a section of its own, with its exit code; and no section is about a code that is none. */
export function errorDocsCheck(
  codes: Readonly<Record<string, { readonly exit: number }>> = ERRORS,
): ProjectCheck {
  return {
    name: 'docs/errors.md',
    async find(root) {
      const { sections } = readMarkdown(readFileSync(path.join(root, PAGE), 'utf8'));
      const written = new Map(
        sections.flatMap(({ heading, text }) => {
          const [, code] = /^`?([A-Z][A-Z_]+)`?$/.exec(heading) ?? [];
          return code === undefined ? [] : [[code, text] as const];
        }),
      );
      return [
        ...Object.entries(codes).flatMap(([code, { exit }]) => {
          const text = written.get(code);
          if (text === undefined)
            return [`${PAGE} has no section "${code}" (src/model/errors.ts has the code)`];
          return text.includes(`exit code ${exit}`) || text.includes(`Exit code ${exit}`)
            ? []
            : [`${PAGE}, ${code}: does not say "exit code ${exit}", which is the one it ends with`];
        }),
        ...[...written.keys()]
          .filter((code) => !(code in codes))
          .map((code) => `${PAGE} has a section "${code}", and src/model/errors.ts has no such code`),
      ];
    },
  };
}
