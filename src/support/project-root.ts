import path from 'node:path';

/** The clone that Muster is used from. */
export const projectRoot = path.resolve(import.meta.dirname, '../..');

/** Where the drills are: MUSTER_DRILLS names a folder of your own, to be used instead of the clone's. */
export const drillsFolder = folderFrom('MUSTER_DRILLS', 'drills');

/** Where runs are kept: MUSTER_RESULTS names another folder than the clone's. */
export const resultsFolder = folderFrom('MUSTER_RESULTS', 'results');

function folderFrom(variable: string, inClone: string): string {
  const named = process.env[variable];
  return named ? path.resolve(named) : path.join(projectRoot, inClone);
}
