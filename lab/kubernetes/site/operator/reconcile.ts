import { isDeepStrictEqual } from 'node:util';
import type { ClusterApi } from './cluster-api.ts';
import { desiredObjects } from './desired-objects.ts';
import type { Mattermost } from './mattermost.ts';
import { statusOf } from './status.ts';

/** Makes the site what its resource says, and says in its status how far that has come. */
export async function reconcile(cluster: ClusterApi, mattermost: Mattermost): Promise<void> {
  const error = await makeObjects(cluster, mattermost).then(
    () => undefined,
    (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
  );
  const { metadata } = mattermost;
  const [deployment, ingress] = await Promise.all([
    cluster.read({ apiVersion: 'apps/v1', kind: 'Deployment', metadata }),
    cluster.read({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata }),
  ]);
  const status = statusOf(mattermost, { deployment, ingress, error });
  if (!isDeepStrictEqual(status, mattermost.status))
    await cluster.setStatus(mattermost, 'mattermosts', status);
}

async function makeObjects(cluster: ClusterApi, mattermost: Mattermost): Promise<void> {
  for (const [name, keys] of secretsOf(mattermost)) await requireKeys(cluster, mattermost, name, keys);
  for (const object of desiredObjects(mattermost)) await cluster.apply(object);
}

function secretsOf({ spec }: Mattermost): [name: string, keys: readonly string[]][] {
  const { database, fileStore } = spec;
  return [
    ...(database?.external ? [[database.external.secret, ['DB_CONNECTION_STRING']] as const] : []),
    ...(fileStore?.external ? [[fileStore.external.secret, ['accesskey', 'secretkey']] as const] : []),
  ].map(([name, keys]) => [name, keys]);
}

async function requireKeys(
  cluster: ClusterApi,
  { metadata: { namespace = 'default' } }: Mattermost,
  name: string,
  keys: readonly string[],
): Promise<void> {
  const secret = await cluster.read({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
  if (!secret) throw new Error(`secret ${namespace}/${name} does not exist`);
  const missing = keys.filter((key) => !(key in ((secret['data'] ?? {}) as object)));
  if (missing.length > 0) throw new Error(`secret ${namespace}/${name} has no key ${missing.join(', ')}`);
}
