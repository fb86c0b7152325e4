import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DrillError } from '../model/errors.ts';
import type { Drill } from '../model/drill.ts';
import { projectRoot } from './project-root.ts';

const FOLDER = path.join(projectRoot, 'drills');
const SUFFIX = '.drill.ts';

export function listDrills(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .toSorted();
}

/** Loads `drills/NAME.drill.ts`. Rejects with USAGE_INVALID for a name that is not there or a file that is no drill. */
export async function loadDrill(name: string): Promise<Drill> {
  const available = listDrills();
  if (!available.includes(name)) {
    throw new DrillError('USAGE_INVALID', `drill "${name}" does not exist`, {
      details: { available: available.join(', ') },
      hint: '`muster list` says what each of them rehearses.',
    });
  }
  try {
    const module: { default: Drill } = await import(
      pathToFileURL(path.join(FOLDER, `${name}${SUFFIX}`)).href
    );
    return module.default;
  } catch (cause) {
    throw new DrillError('USAGE_INVALID', `drills/${name}${SUFFIX} cannot be loaded`, {
      cause,
      hint: 'docs/writing-a-drill.md shows the shape of a drill.',
    });
  }
}
