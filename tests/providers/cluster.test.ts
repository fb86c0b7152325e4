import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { openCluster } from '../../src/providers/cluster/index.ts';
import { describeRight, neededRights, scratchRights } from '../../src/steps/cluster/rights.ts';
import type { KubernetesConfig } from '../../src/model/config.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import { startApiServer, whyNoApiServer, type ApiServer } from '../support/kubernetes/api-server.ts';

const RBAC = path.join(import.meta.dirname, '../../docs/kubernetes/rbac.yaml');
const SETTINGS = {
  namespace: 'mattermost-drill',
  velero: { namespace: 'velero' },
  operator: { namespace: 'mattermost-operator', deployment: 'mattermost-operator' },
} as KubernetesConfig;

describe.skipIf(whyNoApiServer !== undefined)(`a real API server (${whyNoApiServer ?? 'there'})`, () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApiServer();
  }, 180_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  const settings = (name: string, data: Readonly<Record<string, string>>): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data,
  });

  it('tells its version and where it is', async () => {
    expect(server.cluster.location).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await server.cluster.version()).toMatch(/^v1\.\d+/);
  });

  it('makes, reads, changes, lists and takes away an object', async () => {
    const { cluster } = server;
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'one', namespace: 'default' };
    await cluster.create(settings('one', { kept: 'a', changed: 'b', gone: 'c' }));
    await cluster.patch(ref, { data: { changed: 'd', gone: null } });
    expect(await cluster.read(ref)).toMatchObject({ kind: 'ConfigMap', data: { kept: 'a', changed: 'd' } });
    expect((await cluster.read(ref))?.['data']).not.toHaveProperty('gone');
    expect(await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' })).toContainEqual(
      expect.objectContaining({ apiVersion: 'v1', kind: 'ConfigMap', data: { kept: 'a', changed: 'd' } }),
    );
    await cluster.remove(ref);
    await cluster.remove(ref);
    expect(await cluster.read(ref)).toBeUndefined();
  });

  it('resolves a read of a kind that is not installed to undefined', async () => {
    const ref = {
      apiVersion: 'mattermost.com/v1alpha1',
      kind: 'ClusterInstallation',
      name: 'x',
      namespace: 'default',
    };
    expect(await server.cluster.read(ref)).toBeUndefined();
    expect(await server.cluster.hasKind(ref)).toBe(false);
  });

  it('lists what stands in a namespace, of kinds that nobody named too', async () => {
    await server.cluster.create(settings('inventory', {}));
    await server.cluster.create({
      apiVersion: 'installation.mattermost.com/v1beta1',
      kind: 'Mattermost',
      metadata: { name: 'chat', namespace: 'default' },
      spec: {},
    });
    const { objects, unseen } = await server.cluster.inventory('default');
    expect(unseen).toEqual([]);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
      expect.arrayContaining(['ConfigMap inventory', 'Mattermost chat']),
    );
  });

  it('lists more than one page', async () => {
    const namespace = 'pages';
    await server.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    for (let at = 0; at < 520; at += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          server.cluster.create({
            ...settings(`n${at + index}`, {}),
            metadata: { name: `n${at + index}`, namespace },
          }),
        ),
      );
    }
    const found = await server.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace });
    expect(found).toHaveLength(520);
  }, 60_000);

  it('says no with CLUSTER_REFUSED and in its own words', async () => {
    await expect(server.cluster.create({ ...settings('Not a name', {}) })).rejects.toMatchObject({
      code: 'CLUSTER_REFUSED',
      message: expect.stringContaining('Invalid value'),
      details: { status: 422 },
    });
  });

  it('tells exactly the rights that are missing', async () => {
    const drill = await openCluster({ kubeconfig: server.drillKubeconfig });
    const needed = neededRights(SETTINGS);
    expect(await drill.missingRights(needed)).toEqual(needed);
    await expect(drill.list({ apiVersion: 'v1', kind: 'Node' })).rejects.toMatchObject({
      code: 'CLUSTER_REFUSED',
      details: { status: 403 },
    });
  });

  it('has the rights that a drill needs by the role in docs/kubernetes, and no others', async () => {
    const drill = await openCluster({ kubeconfig: server.drillKubeconfig });
    for (const name of ['muster', 'velero', 'mattermost-operator', 'mattermost-drill'])
      await server.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const documents = parseAllDocuments(await readFile(RBAC, 'utf8')).map(
      (document) => document.toJS() as KubernetesObject,
    );
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'drill' }];
    for (const object of documents) {
      if (object.kind === 'ServiceAccount') continue;
      await server.cluster.create(object.kind.endsWith('Binding') ? { ...object, subjects } : object);
    }
    expect((await drill.missingRights(neededRights(SETTINGS))).map(describeRight)).toEqual([]);
    // In the namespace that it makes it binds the other role to itself.
    await drill.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'muster', namespace: 'mattermost-drill' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'muster-scratch' },
      subjects,
    });
    expect((await drill.missingRights(scratchRights('mattermost-drill'))).map(describeRight)).toEqual([]);
    const elsewhere = [
      { verb: 'get', group: '', resource: 'secrets', namespace: 'velero' },
      { verb: 'list', group: '', resource: 'secrets', namespace: 'default' },
      { verb: 'delete', group: 'velero.io', resource: 'backups', namespace: 'velero' },
      { verb: 'bind', group: 'rbac.authorization.k8s.io', resource: 'clusterroles', name: 'cluster-admin' },
    ];
    expect(await drill.missingRights(elsewhere)).toEqual(elsewhere);
  });
});

describe('a cluster that cannot be opened', () => {
  it('is CONFIG_INVALID for a kubeconfig that is not there, or a context that is not in it', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'muster-kubeconfig-'));
    const kubeconfig = path.join(directory, 'config');
    await expect(openCluster({ kubeconfig })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await writeFile(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'drill', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'drill',
      }),
    );
    await expect(openCluster({ kubeconfig, context: 'production' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      hint: 'Its contexts: drill. Set scratch.context to one of them.',
    });
    const cluster = await openCluster({ kubeconfig });
    await expect(cluster.version()).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    await rm(directory, { recursive: true });
  });
});
