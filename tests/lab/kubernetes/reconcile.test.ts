import { expect, it } from 'vitest';
import type { ClusterApi } from '../../../lab/kubernetes/api.ts';
import type { Mattermost } from '../../../lab/kubernetes/site/operator/mattermost.ts';
import { reconcile } from '../../../lab/kubernetes/site/operator/reconcile.ts';
import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';

const RESOURCE: Mattermost = {
  apiVersion: 'installation.mattermost.com/v1beta1',
  kind: 'Mattermost',
  metadata: { name: 'chat', namespace: 'mattermost', uid: 'a-uid', generation: 1 },
  spec: {
    image: 'mattermost',
    version: '11.6.0',
    database: { external: { secret: 'mm-database' } },
    ingress: { enabled: true, host: 'chat.example' },
  },
};

it('makes a site as soon as it sees its resource', async () => {
  const cluster = openEmpty(secret({ DB_CONNECTION_STRING: 'eA==' }));
  await reconcile(cluster, RESOURCE);
  expect(cluster.kinds()).toEqual(['Deployment', 'Ingress', 'Secret', 'Service', 'ServiceAccount']);
  expect(cluster.status()).toMatchObject({ state: 'reconciling', observedGeneration: 1, error: '' });
});

it('makes nothing without the secret, or without the key that it needs of it, and says so', async () => {
  const without = openEmpty();
  await reconcile(without, RESOURCE);
  expect(without.kinds()).toEqual([]);
  expect(without.status()).toMatchObject({ error: 'secret mattermost/mm-database does not exist' });
  const lacking = openEmpty(secret({ dsn: 'eA==' }));
  await reconcile(lacking, RESOURCE);
  expect(lacking.kinds()).toEqual(['Secret']);
  expect(lacking.status()).toMatchObject({
    error: 'secret mattermost/mm-database has no key DB_CONNECTION_STRING',
  });
});

it('says nothing where nothing is new', async () => {
  const cluster = openEmpty(secret({ DB_CONNECTION_STRING: 'eA==' }));
  await reconcile(cluster, RESOURCE);
  const said = cluster.status();
  await reconcile(cluster, { ...RESOURCE, status: said as NonNullable<Mattermost['status']> });
  expect(cluster.said).toHaveLength(1);
});

function secret(data: Readonly<Record<string, string>>): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'mm-database', namespace: 'mattermost' },
    data,
  };
}

/** An API server that keeps what it is given, and has no controllers. */
function openEmpty(...objects: readonly KubernetesObject[]) {
  const kept = new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
  const said: object[] = [];
  const api: ClusterApi = {
    apply: async (object) => void kept.set(`${object.kind} ${object.metadata.name}`, object),
    find: async (_, kind, name) => kept.get(`${kind} ${name}`),
    list: async () => [],
    setStatus: async (_, status) => void said.push(status),
    remove: () => Promise.reject(new Error('an operator leaves that to whoever collects what has no owner')),
  };
  const kinds = () => [...kept.values()].map(({ kind }) => kind).toSorted();
  return { ...api, said, kinds, status: () => said.at(-1) };
}
