import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isClusterDrill, type Sabotage } from '../../lab/sabotages/sabotage.ts';
import { DrillError } from '../model/errors.ts';
import { projectRoot } from '../support/project-root.ts';

export interface CatalogueEntry {
  /** `backups/cut-in-half`: its file in the catalogue. */
  readonly name: string;
  readonly group: string;
  readonly sabotage: Sabotage;
}

/** MUSTER_SABOTAGES names a catalogue of your own, to be tried instead of the clone's. */
const FOLDER = process.env['MUSTER_SABOTAGES']
  ? path.resolve(process.env['MUSTER_SABOTAGES'])
  : path.join(projectRoot, 'lab/sabotages');

/** All sabotages, or those whose group or name is one of these. Rejects a name that fits nothing with USAGE_INVALID. */
export async function readCatalogue(only: readonly string[]): Promise<readonly CatalogueEntry[]> {
  const files = (await readdir(FOLDER, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.parentPath !== FOLDER)
    .map((entry) => path.relative(FOLDER, path.join(entry.parentPath, entry.name)))
    .filter((file) => file.split(path.sep).length === 2)
    .toSorted();
  const entries = await Promise.all(files.map(load));
  const unknown = only.filter((word) => !entries.some((entry) => fits(entry, word)));
  if (unknown.length > 0)
    throw new DrillError('USAGE_INVALID', `no sabotage and no group is called ${unknown.join(', ')}`, {
      details: { groups: [...new Set(entries.map(({ group }) => group))].join(', ') },
      hint: '`muster prove --list` shows the whole catalogue.',
    });
  return only.length === 0 ? entries : entries.filter((entry) => only.some((word) => fits(entry, word)));
}

/** It is tried on a lab with a cluster, which not every machine can have. */
export const isInCluster = ({ sabotage }: CatalogueEntry): boolean => isClusterDrill(sabotage.drill);

const fits = ({ name, group }: CatalogueEntry, word: string): boolean => word === name || word === group;

async function load(file: string): Promise<CatalogueEntry> {
  const name = file.replace(/\.ts$/, '').replaceAll(path.sep, '/');
  const module = (await import(pathToFileURL(path.join(FOLDER, file)).href)) as { default?: Sabotage };
  if (module.default === undefined)
    throw new DrillError('HARNESS_BUG', `sabotage ${name} has no default export`);
  return { name, group: name.slice(0, name.indexOf('/')), sabotage: module.default };
}
