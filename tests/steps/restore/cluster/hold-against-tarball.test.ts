import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { keptObjects, type PlacedObject } from '../../../../lab/velero/kept-objects.ts';
import { packObjects } from '../../../../lab/velero/tarball.ts';
import { judgeObjects } from '../../../../src/steps/restore/cluster/judge-objects.ts';
import { planRestore, type ClusterPlan } from '../../../../src/steps/restore/cluster/plan-restore.ts';
import { readTarball, type KubernetesObject } from '../../../../src/support/velero-tarball.ts';

const AT = new Date('2026-11-21T23:10:57Z');
const COMPLETED = { phase: 'Completed', warnings: 0, errors: 0 };

const SITE = keptObjects(
  {
    siteUrl: 'https://chat.ops.example',
    image: 'mattermost/mattermost-enterprise-edition',
    version: '11.6.0',
    environment: {
      MM_EMAILSETTINGS_SMTPSERVER: 'smtp.production.example',
      MM_SERVICESETTINGS_SESSIONLENGTHWEBINHOURS: '720',
      MM_EMAILSETTINGS_SMTPPASSWORD: 'for production alone',
    },
    dataSource: 'postgres://mm:secret@aurora.production.example/mattermost',
    fileStore: { url: 's3.example', bucket: 'files', accessKeyId: 'AKIA', secretAccessKey: 'key' },
    tls: { certificate: 'chain', key: 'private' },
    configMap: { 'policy.json': '{"a":1}' },
  },
  AT,
).map((placed) =>
  placed.object.metadata.name === 'mattermost' && placed.resource === 'serviceaccounts'
    ? { ...placed, object: withRole(placed.object) }
    : placed,
);

function withRole(object: KubernetesObject): KubernetesObject {
  const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/production' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

const plan = (objects: readonly PlacedObject[] = SITE) => planned(packObjects(objects, AT));

async function planned(tarball: Buffer): Promise<ClusterPlan> {
  return planRestore(await readTarball(Readable.from([tarball]), 'a tarball'), {
    namespace: 'mattermost',
    scratch: 'mattermost-drill',
    host: 'chat.ops.example',
    resources: { cpu: '500m', memory: '512Mi' },
    bucket: { url: 's3.scratch.example', name: 'scratch' },
    hasLicence: false,
    environment: { MM_JOBSETTINGS_RUNJOBS: 'false' },
    replace: (text) => text.replaceAll('production.example', 'quarantined.invalid'),
  });
}

/** What a cluster makes of what it is given: ids, times, addresses and labels of its own. */
function restored({ expected }: ClusterPlan): KubernetesObject[] {
  return expected.map((object, index) => {
    const { metadata, ...rest } = structuredClone(object);
    const { ownerReferences: _owners, ...kept } = metadata;
    return {
      ...(rest as unknown as KubernetesObject),
      metadata: {
        ...kept,
        uid: `new-${index}`,
        resourceVersion: String(index),
        labels: { ...metadata.labels, 'velero.io/restore-name': 'drill-1' },
      },
      ...(object.kind === 'Service' && { spec: { ...(object['spec'] as object), clusterIP: '10.96.0.77' } }),
    };
  });
}

const secret = (object: KubernetesObject) =>
  object.kind === 'Secret' && object.metadata.name === 'mm-database';
const judge = async (change: (found: KubernetesObject[]) => KubernetesObject[]) => {
  const ours = await plan();
  return judgeObjects(ours, change(restored(ours)), COMPLETED);
};

describe('objects of a copy, held against the tarball', () => {
  it('are as they were saved, whatever the cluster gave them anew', async () => {
    const check = await judge((found) => found);
    expect(check).toMatchObject({ verdict: 'passed' });
    expect(check.seen).toMatch(/^all \d+, each held by content; Velero says Completed/);
  });

  it('are missed when a secret was tampered with on the way', async () => {
    const check = await judge((found) =>
      found.map((object) =>
        secret(object)
          ? { ...object, data: { ...(object['data'] as object), DB_CONNECTION_STRING: 'eA==' } }
          : object,
      ),
    );
    expect(check).toMatchObject({ verdict: 'missed', code: 'OBJECTS_DIFFER' });
    expect(check.seen).toContain(
      'v1/Secret mattermost-drill/mm-database is not as it was saved, at data.DB_CONNECTION_STRING',
    );
    expect(check.seen).not.toContain('eA==');
  });

  it('are missed when one was skipped', async () => {
    const check = await judge((found) => found.filter((object) => !secret(object)));
    expect(check).toMatchObject({ verdict: 'missed' });
    expect(check.seen).toContain('v1/Secret mattermost-drill/mm-database is missing');
  });

  it('are missed when an earlier restore left one behind that Velero did not touch', async () => {
    const check = await judge((found) =>
      found.map((object) =>
        object.kind === 'ConfigMap'
          ? { ...object, data: { 'policy.json': '{"a":1}', added: 'by hand' } }
          : object,
      ),
    );
    expect(check.seen).toContain(
      'v1/ConfigMap mattermost-drill/mm-extra-config is not as it was saved, at data.added',
    );
  });

  it('are missed when there is one that is not in the backup', async () => {
    const stranger = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x', namespace: 'mattermost-drill' },
    };
    const check = await judge((found) => [...found, stranger]);
    expect(check).toMatchObject({ verdict: 'missed' });
    expect(check.seen).toContain('v1/Secret mattermost-drill/x is not in the backup');
  });

  it('are missed of a tarball that was emptied, of which nothing is missing', async () => {
    const emptied = await plan(SITE.filter(({ resource }) => resource === 'namespaces'));
    expect(judgeObjects(emptied, [], COMPLETED)).toMatchObject({ verdict: 'missed', code: 'OBJECTS_DIFFER' });
  });

  it('are missed when Velero did not hold the application back', async () => {
    const check = await judge((found) =>
      found.map((object) =>
        object.kind === 'Mattermost'
          ? { ...object, spec: { ...(object['spec'] as object), replicas: 2 } }
          : object,
      ),
    );
    expect(check.seen).toMatch(/Mattermost mattermost-drill\/chat is not as it was saved, at spec.replicas/);
  });
});

describe('a plan to restore', () => {
  it('keeps the site still: no replica, no database of production, no other name, no secret variable', async () => {
    const { modifications } = await plan();
    const site = modifications.find(({ resource }) => resource === 'mattermosts.installation.mattermost.com');
    expect(site?.patch['spec']).toMatchObject({
      replicas: 0,
      database: { external: { secret: 'muster-database' } },
      fileStore: { external: { url: 's3.scratch.example', bucket: 'scratch', secret: 'muster-files' } },
      ingress: { host: 'chat.ops.example', tlsSecret: 'muster-tls' },
      scheduling: { resources: { requests: { cpu: '500m' } } },
      mattermostEnv: [
        { name: 'MM_EMAILSETTINGS_SMTPSERVER', value: 'smtp.quarantined.invalid' },
        { name: 'MM_SERVICESETTINGS_SESSIONLENGTHWEBINHOURS', value: '720' },
        { name: 'MM_JOBSETTINGS_RUNJOBS', value: 'false' },
      ],
    });
    expect(JSON.stringify(modifications)).not.toMatch(/for production alone|production\.example/);
  });

  it('leaves out what its owner makes anew, and policies that would open what the drill denies', async () => {
    const { excluded, leftOut, expected } = await plan();
    expect(excluded).toEqual(
      expect.arrayContaining([
        'deployments.apps',
        'ingresses.networking.k8s.io',
        'networkpolicies.networking.k8s.io',
      ]),
    );
    expect(leftOut).toHaveProperty(['apps/v1/Deployment mattermost-drill/chat'], 'its owner makes it anew');
    expect(expected.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['Mattermost', 'Secret', 'ConfigMap']),
    );
  });

  it('takes production’s roles from service accounts, and lets no CronJob fire', async () => {
    const { modifications } = await plan();
    const patches = Object.fromEntries(modifications.map(({ resource, patch }) => [resource, patch]));
    expect(patches['cronjobs.batch']).toEqual({ spec: { suspend: true } });
    expect(patches['serviceaccounts']).toEqual({
      metadata: { annotations: { 'eks.amazonaws.com/role-arn': null } },
    });
  });
});
