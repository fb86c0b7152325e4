import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readMarkdown } from './markdown.ts';
import type { ProjectCheck } from './project-check.ts';
import { projectFiles } from './project-files.ts';

/** Every relative link of every page leads to a file, and one with a # to a heading in it. */
export const linkCheck: ProjectCheck = {
  name: 'links in docs',
  async find(root) {
    const headings = new Map<string, ReadonlySet<string>>();
    const headingsOf = (file: string): ReadonlySet<string> => {
      const known = headings.get(file) ?? readMarkdown(readFileSync(file, 'utf8')).anchors;
      headings.set(file, known);
      return known;
    };
    return projectFiles(root, '.md').flatMap((page) =>
      readMarkdown(readFileSync(path.join(root, page), 'utf8')).links.flatMap(({ target, line }) => {
        if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
        const [file = '', anchor] = target.split('#');
        const found =
          file === '' ? path.join(root, page) : path.join(root, path.dirname(page), decodeURI(file));
        if (!existsSync(found)) return [`${page}:${line} links to ${target}, which does not exist`];
        if (anchor !== undefined && found.endsWith('.md') && !headingsOf(found).has(anchor))
          return [`${page}:${line} links to ${target}, and no heading there has that name`];
        return [];
      }),
    );
  },
};
