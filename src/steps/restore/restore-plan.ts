import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ScratchFacts } from '../../model/facts.ts';
import type { RestorePlan } from '../../providers/database/deferral.ts';

/** Where the database's restore keeps its own files, inside the scratch. */
export const restoreFolder = ({ directory }: Pick<ScratchFacts, 'directory'>): string =>
  path.join(directory, 'restore-database');

const planFile = (folder: string): string => path.join(folder, 'plan.json');

/** Writes down what should be there in the end and what is still to be made. Resolves to the file. */
export async function writeRestorePlan(
  folder: string,
  { indexes, materializedViews, deferred }: RestorePlan,
): Promise<string> {
  const file = planFile(folder);
  await writeFile(file, `${JSON.stringify({ indexes, materializedViews, deferred }, undefined, 2)}\n`);
  return file;
}

export async function readRestorePlan(folder: string): Promise<RestorePlan> {
  return JSON.parse(await readFile(planFile(folder), 'utf8')) as RestorePlan;
}
