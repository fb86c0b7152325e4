import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DrillError } from '../model/errors.ts';
import { defineDrill, type Drill } from '../model/drill.ts';
import { drillsFolder } from '../support/project-root.ts';

const SUFFIX = '.drill.ts';

export function listDrills(): string[] {
  if (!existsSync(drillsFolder))
    throw new DrillError('USAGE_INVALID', `there is no folder ${drillsFolder}`, {
      hint: 'MUSTER_DRILLS has to name a folder with *.drill.ts files; without it, the drills of the clone are used.',
    });
  return readdirSync(drillsFolder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .toSorted();
}

/** Loads `NAME.drill.ts`. Rejects with USAGE_INVALID for a name that is not there or a file that is no drill. */
export async function loadDrill(name: string): Promise<Drill> {
  const available = listDrills();
  if (!available.includes(name)) {
    throw new DrillError('USAGE_INVALID', `drill "${name}" does not exist`, {
      details: { available: available.join(', ') || 'none' },
      hint: '`muster list` says what each of them rehearses.',
    });
  }
  const file = path.join(drillsFolder, `${name}${SUFFIX}`);
  try {
    const module: { default?: Drill } = await import(pathToFileURL(file).href);
    if (module.default === undefined) throw new TypeError('It has no default export.');
    // Once more, for a file that exports a bare object.
    return defineDrill(module.default);
  } catch (cause) {
    throw new DrillError('USAGE_INVALID', `${path.relative(process.cwd(), file)} cannot be loaded`, {
      cause,
      hint: 'docs/writing-a-drill.md shows the shape of a drill.',
    });
  }
}
