import path from 'node:path';

/** The clone that Muster is used from. */
export const projectRoot = path.resolve(import.meta.dirname, '../..');
export const resultsFolder = path.join(projectRoot, 'results');
