import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ProjectCheck } from './project-check.ts';

export interface Generated {
  /** Relative to the project. */
  readonly file: string;
  render(): Promise<string>;
}

/** A file that a script writes is what the script would write now. */
export function generatedCheck(generated: Generated): ProjectCheck {
  return {
    name: generated.file,
    async find(root) {
      const file = path.join(root, generated.file);
      const remedy = '`node scripts/write-docs.ts` writes it';
      if (!existsSync(file)) return [`${generated.file} is missing; ${remedy}`];
      const is = readFileSync(file, 'utf8').split('\n');
      const wanted = (await generated.render()).split('\n');
      const at = wanted.findIndex((line, index) => line !== is[index]);
      if (at < 0 && is.length === wanted.length) return [];
      const line = at < 0 ? wanted.length : at;
      return [
        `${generated.file}:${line + 1} is not up to date: has "${is[line] ?? 'nothing'}", wanted "${wanted[line] ?? 'nothing'}"; ${remedy}`,
      ];
    },
  };
}
