import type { ConfigInput } from '../../../src/model/config.ts';
import type { Attempt } from './attempt.ts';
import { processStarted } from './events.ts';
import type { Gate } from './gate.ts';

/** The same config, with its backups reached through this gate. */
export function behindGate(config: ConfigInput, { endpoint }: Gate): ConfigInput {
  const { store } = config.backups;
  if (store.kind !== 's3') throw new Error('the lab keeps its backups in S3');
  return { ...config, backups: { ...config.backups, store: { ...store, endpoint } } };
}

/** Waits until the dump is on its way into the scratch database, and holds it there. */
export async function holdInRestore(attempt: Attempt, gate: Gate): Promise<void> {
  await attempt.sees(processStarted('scratch database server'));
  gate.hold();
  await attempt.sees(processStarted('pg_restore'));
}
