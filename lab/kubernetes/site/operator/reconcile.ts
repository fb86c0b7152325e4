import { isDeepStrictEqual } from 'node:util';
import type { ClusterApi } from '../../api.ts';
import { desiredObjects } from './desired-objects.ts';
import type { Mattermost } from './mattermost.ts';
import { statusOf } from './status.ts';

/** Makes the site what its resource says, and says in its status how far that has come. */
export async function reconcile(api: ClusterApi, mattermost: Mattermost): Promise<void> {
  const error = await makeObjects(api, mattermost).then(
    () => undefined,
    (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
  );
  const { name, namespace } = mattermost.metadata;
  const [deployment, ingress] = await Promise.all([
    api.find('apps/v1', 'Deployment', name, namespace),
    api.find('networking.k8s.io/v1', 'Ingress', name, namespace),
  ]);
  const status = statusOf(mattermost, { deployment, ingress, error });
  if (!isDeepStrictEqual(status, mattermost.status)) await api.setStatus(mattermost, status);
}

async function makeObjects(api: ClusterApi, mattermost: Mattermost): Promise<void> {
  const { database, fileStore } = mattermost.spec;
  const { namespace = 'default' } = mattermost.metadata;
  if (database?.external)
    await requireKeys(api, namespace, database.external.secret, ['DB_CONNECTION_STRING']);
  if (fileStore?.external)
    await requireKeys(api, namespace, fileStore.external.secret, ['accesskey', 'secretkey']);
  for (const object of desiredObjects(mattermost)) await api.apply(object);
}

async function requireKeys(
  api: ClusterApi,
  namespace: string,
  name: string,
  keys: readonly string[],
): Promise<void> {
  const secret = await api.find('v1', 'Secret', name, namespace);
  if (!secret) throw new Error(`secret ${namespace}/${name} does not exist`);
  const missing = keys.filter((key) => !(key in ((secret['data'] ?? {}) as object)));
  if (missing.length > 0) throw new Error(`secret ${namespace}/${name} has no key ${missing.join(', ')}`);
}
