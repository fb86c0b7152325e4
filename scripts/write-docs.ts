import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PAGES } from './docs/pages.ts';

/** Writes what is generated: the config's JSON Schema, docs/config.md and docs/cli.md. `npm run check` compares. */
for (const { file, render } of PAGES) {
  await writeFile(path.join(import.meta.dirname, '..', file), await render());
  process.stdout.write(`wrote ${file}\n`);
}
