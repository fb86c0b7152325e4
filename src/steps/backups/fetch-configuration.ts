import { text } from 'node:stream/consumers';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import type { Configuration } from '../../providers/database/stored-configuration.ts';
import { openBackupStore } from './open-stores.ts';

/** The backup's config.json; undefined when it has none. Rejects with BACKUP_UNREADABLE when it is not JSON. */
export async function fetchConfigurationFile(ctx: StepContext): Promise<Configuration | undefined> {
  const { configuration } = ctx.get('backups');
  if (configuration === null) return undefined;
  await using store = await openBackupStore(ctx);
  const body = await text(await store.open(configuration.key, { signal: ctx.signal }));
  try {
    return JSON.parse(body) as Configuration;
  } catch (cause) {
    throw new DrillError('BACKUP_UNREADABLE', `${configuration.key} in ${store.location} is not JSON`, {
      cause,
      hint: 'Check how config.json is backed up.',
    });
  }
}
