import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readMarkdown, type Fence } from './markdown.ts';
import type { ProjectCheck } from './project-check.ts';
import { projectFiles } from './project-files.ts';

/** Languages whose snippets have to come from a file that is compiled and run. */
const FROM_FILES = new Set(['ts', 'js']);

/**
 * Code in docs is code of the project: each block says where it is from (`ts file=drills/quarterly.drill.ts`) and stands
 * there word for word, but for its indentation.
 */
export const snippetCheck: ProjectCheck = {
  name: 'snippets in docs',
  async find(root) {
    return projectFiles(root, '.md').flatMap((page) =>
      readMarkdown(readFileSync(path.join(root, page), 'utf8')).fences.flatMap((fence) => {
        const problem = judge(root, fence);
        return problem === undefined ? [] : [`${page}:${fence.line} ${problem}`];
      }),
    );
  },
};

function judge(root: string, { info, text }: Fence): string | undefined {
  const [language = '', ...words] = info.split(/\s+/);
  const file = words.find((word) => word.startsWith('file='))?.slice('file='.length);
  if (file === undefined) {
    return FROM_FILES.has(language)
      ? `shows ${language} code of no file; take it from one and say which: \`\`\`${language} file=PATH`
      : undefined;
  }
  const source = path.join(root, file);
  if (!existsSync(source)) return `shows code of ${file}, which does not exist`;
  if (contains(lines(readFileSync(source, 'utf8')), lines(text))) return undefined;
  return `shows code that is not in ${file} (any more); copy it from there again`;
}

function lines(text: string): string[] {
  return text.replace(/\n+$/, '').split('\n');
}

/** Whether some run of lines is the snippet, all of it indented by the same amount. */
function contains(source: readonly string[], snippet: readonly string[]): boolean {
  const [first = ''] = snippet;
  return source.some((line, at) => {
    if (!line.endsWith(first)) return false;
    const indent = line.slice(0, line.length - first.length);
    if (indent.trim() !== '') return false;
    return snippet.every((want, offset) => source[at + offset] === (want === '' ? '' : indent + want));
  });
}
