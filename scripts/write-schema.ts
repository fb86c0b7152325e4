import { writeFile } from 'node:fs/promises';
import { renderJsonSchema } from '../src/config/json-schema.ts';

/** Writes muster.schema.json from the zod schema. `npm run check` fails when the file is not up to date. */
await writeFile(new URL('../muster.schema.json', import.meta.url), renderJsonSchema());
