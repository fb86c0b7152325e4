import type { ObjectReader } from '../../src/providers/object-store/index.ts';
import { readTarball } from '../../src/support/velero-tarball.ts';

interface SecretValue {
  readonly secret: string;
  readonly key: string;
  readonly value: string;
}

/** Every value of every Secret in a backup's tarball, decoded: to look for where none may be. */
export async function readSecretValues(store: ObjectReader, key: string): Promise<SecretValue[]> {
  const { objects } = await readTarball(await store.open(key), key);
  return objects
    .filter(({ kind }) => kind === 'Secret')
    .flatMap(({ metadata, ...secret }) =>
      Object.entries((secret['data'] ?? {}) as Readonly<Record<string, string>>).map(([name, value]) => ({
        secret: metadata.name,
        key: name,
        value: Buffer.from(value, 'base64').toString('utf8'),
      })),
    );
}
