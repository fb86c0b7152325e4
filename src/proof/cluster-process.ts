import { once } from 'node:events';
import { toDrillError } from '../model/errors.ts';
import { readCatalogue } from './catalogue.ts';
import { openClusterGround } from './cluster-ground.ts';
import { proveCatalogue } from './prove-catalogue.ts';
import type { ClusterAnswer } from './prove-in-cluster.ts';

/** Tries the sabotages that are its arguments on a cluster, in the network namespace that it is in. */
const names = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort(new Error('SIGTERM')));

const answer = await proveCatalogue(await readCatalogue(names), {
  jobs: 1,
  open: openClusterGround,
  signal: stop.signal,
  print: (line) => void process.stdout.write(`${line}\n`),
}).then(
  (tried): ClusterAnswer => ({
    judgements: Object.fromEntries(tried.map(({ entry, judgement }) => [entry.name, judgement])),
  }),
  (error: unknown): ClusterAnswer => {
    const { code, message, details, hint, cause } = toDrillError(error);
    // Messages between processes are plain JSON, which an error is not.
    const why = cause instanceof Error ? { cause: cause.message } : {};
    return { error: { code, message, details: { ...why, ...details }, hint } };
  },
);
process.send?.(answer);
await once(process, 'disconnect');
