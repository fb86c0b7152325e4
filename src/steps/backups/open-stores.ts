import type { StoreConfig } from '../../model/config.ts';
import type { StepContext } from '../../model/drill.ts';
import {
  openReader,
  type ObjectReader,
  type ObjectStoreCredentials,
} from '../../providers/object-store/index.ts';

type SecretSource = Pick<StepContext, 'config' | 'secret'>;

/** The authoritative place of the backups. The caller disposes of it. */
export const openBackupStore = (ctx: SecretSource): Promise<ObjectReader> =>
  openStore(ctx, ctx.config.backups.store);

/** Velero's bucket, which may be the same one. Its keys are relative to `backups.velero.prefix`'s store. */
export const openVeleroStore = (ctx: SecretSource): Promise<ObjectReader> =>
  openStore(ctx, ctx.config.backups.velero?.store ?? ctx.config.backups.store);

/** Any configured store, with its secrets resolved. */
export async function openStore(ctx: Pick<StepContext, 'secret'>, store: StoreConfig): Promise<ObjectReader> {
  return openReader(store, await readCredentials(ctx, store));
}

/** The secrets that a store's settings refer to. */
export async function readCredentials(
  ctx: Pick<StepContext, 'secret'>,
  store: StoreConfig,
): Promise<ObjectStoreCredentials> {
  const credentials: Record<string, string> = {};
  for (const name of [
    'accessKeyId',
    'secretAccessKey',
    'sessionToken',
    'connectionString',
    'sasToken',
  ] as const) {
    const ref = (store as Partial<Record<typeof name, Parameters<StepContext['secret']>[0]>>)[name];
    if (ref !== undefined) credentials[name] = await ctx.secret(ref);
  }
  return credentials;
}
