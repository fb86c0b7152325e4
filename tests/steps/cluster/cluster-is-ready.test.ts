import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeVeleroBackup, type VeleroBackupOptions } from '../../../lab/velero/write-backup.ts';
import { days, seconds } from '../../../src/model/duration.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import type { BackupSet } from '../../../src/model/facts.ts';
import { openVelero } from '../../../src/providers/cluster/velero.ts';
import { openWriter } from '../../../src/providers/object-store/index.ts';
import {
  holdOperator,
  releaseOperator,
  requireHeld,
  startOperator,
} from '../../../src/steps/cluster/hold-operator.ts';
import { findScratchCluster } from '../../../src/steps/cluster/scratch-cluster.ts';
import { clusterIsReady } from '../../../src/steps/preflight/cluster-is-ready.ts';
import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import { minimalConfig } from '../../config/minimal-config.ts';
import { startApiServer, whyNoApiServer, type ApiServer } from '../../support/kubernetes/api-server.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { OPERATOR, SITE } from './cluster-site.ts';
import { kubernetesConfig } from './kubernetes-config.ts';
import { startTinyVelero } from './tiny-velero.ts';

const TAKEN_AT = new Date('2026-11-21T23:10:57Z');
const BACKUP = { name: 'mattermost-daily-20261121231057', takenAt: TAKEN_AT.toISOString(), expiresAt: null };

it('promises nothing and does nothing on a scratch of this machine', async () => {
  await using context = await openStepContext();
  await clusterIsReady().run(context);
  expect(promisesOf(clusterIsReady(), context)).toEqual([]);
  expect(context.checks).toEqual([]);
});

describe.skipIf(whyNoApiServer !== undefined)(
  `a cluster with a real API server (${whyNoApiServer ?? 'there'})`,
  () => {
    let server: ApiServer;
    let context: TestContext;
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'muster-ready-'));
      server = await startApiServer();
      for (const name of ['velero', 'mattermost-operator', 'elsewhere'])
        await server.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      for (const object of [LOCATION, RECORD, NODE, OPERATOR]) await server.cluster.create(object);
    }, 180_000);
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });
    afterEach(() => context?.[Symbol.asyncDispose]());

    type Scratch = Parameters<typeof kubernetesConfig>[1];
    async function run({
      version = 'v1.18.3',
      scratch = {} as Scratch,
      kubeconfig = server.kubeconfig,
      backup = {} as Partial<VeleroBackupOptions>,
    } = {}) {
      // Some tests run it twice.
      await context?.[Symbol.asyncDispose]();
      const root = await mkdtemp(path.join(folder, 'backups-'));
      const config = kubernetesConfig(kubeconfig, scratch);
      context = await openStepContext({
        config: {
          ...config,
          backups: { ...minimalConfig().backups, ...config.backups, store: { kind: 'filesystem', root } },
        },
        facts: { backups: { velero: BACKUP } as unknown as BackupSet },
      });
      await using store = await openWriter({ kind: 'filesystem', root });
      await writeVeleroBackup({
        store,
        prefix: 'prod',
        site: SITE,
        takenAt: TAKEN_AT,
        ttl: days(30),
        ...backup,
      });
      await using _velero = startTinyVelero({ cluster: server.cluster, version });
      await clusterIsReady().run(context);
    }

    /** Runs it while an object is another one, and puts it back. */
    async function runWith(
      object: KubernetesObject,
      patch: Readonly<Record<string, unknown>>,
    ): Promise<void> {
      const { apiVersion, kind, metadata } = object;
      const ref = { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
      await server.cluster.patch(ref, patch);
      try {
        await run();
      } finally {
        await server.cluster.remove(ref);
        await server.cluster.create(object);
      }
    }

    it('is ready, and keeps what the step promises', async () => {
      await run();
      expect(context.checks.map(({ id, verdict }) => `${id} ${verdict}`).toSorted()).toEqual(
        promisesOf(clusterIsReady(), context)
          .map((id) => `${id} passed`)
          .toSorted(),
      );
      expect(context.checkOf('cluster.velero').seen).toBe('1.18.3; default is Available');
    });

    it('is not without the rights that a drill needs, all of them named', async () => {
      await expect(run({ kubeconfig: server.drillKubeconfig })).rejects.toMatchObject({
        code: 'CLUSTER_NOT_READY',
        details: { missing: expect.stringContaining('create restores.velero.io in namespace velero') },
      });
    });

    it('is not with a Velero that is too old', async () => {
      await expect(run({ version: 'v1.11.1' })).rejects.toMatchObject({
        code: 'CLUSTER_NOT_READY',
        message: 'Velero is 1.11.1, and 1.13.0 is wanted',
      });
    });

    it('is not with a Velero that does not answer', async () => {
      const velero = openVelero(server.cluster, 'velero');
      await expect(velero.serverVersion({ patience: seconds(1), waiting: () => {} })).rejects.toMatchObject({
        code: 'CLUSTER_NOT_READY',
        message: 'Velero in namespace "velero" did not answer within 1 s',
      });
    });

    it('does not wait long for a Velero that does not begin with a Restore', async () => {
      const velero = openVelero(server.cluster, 'velero');
      const waits: number[] = [];
      const waiting = (elapsed: number) => void waits.push(elapsed);
      const to = { from: 'mattermost', to: 'mattermost-drill', excluded: [], modifiers: '', labels: {} };
      await velero.startRestore({ name: 'waits', backup: BACKUP.name, ...to });
      await expect(
        velero.waitForRestore('waits', {
          ...{ patience: seconds(30), beginPatience: seconds(1), progress: () => {}, waiting },
        }),
      ).rejects.toMatchObject({
        code: 'CLUSTER_NOT_READY',
        message: 'Velero has not begun the Restore waits within 1 s',
      });
      expect(waits.length).toBeGreaterThan(0);
      await velero.removeRestore('waits', { patience: seconds(5), waiting });
    });

    it('is not when Velero reaches no bucket, and says why', async () => {
      const message = 'SignatureDoesNotMatch';
      await expect(runWith(LOCATION, { status: { phase: 'Unavailable', message } })).rejects.toMatchObject({
        code: 'CLUSTER_NOT_READY',
        details: { locations: 'default is Unavailable: SignatureDoesNotMatch' },
      });
    });

    it('takes a storage location that is read-only', async () => {
      await runWith(LOCATION, { spec: { accessMode: 'ReadOnly' } });
      expect(context.checkOf('cluster.backup').seen).toMatch(/^in storage location default, read-only/);
    });

    it('misses a backup that Velero does not find in its bucket', async () => {
      const velero = openVelero(server.cluster, 'velero');
      const waits: number[] = [];
      const waiting = (elapsed: number) => void waits.push(elapsed);
      expect(await velero.waitForBackup('never', { patience: 10, waiting })).toBeUndefined();
      expect(waits.length).toBeGreaterThan(0);
    });

    it('is not without an operator, or with one that watches another namespace', async () => {
      await expect(run({ scratch: { operator: { deployment: 'nobody' } } })).rejects.toMatchObject({
        code: 'CLUSTER_NOT_READY',
        message: 'there is no Mattermost Operator: no Deployment mattermost-operator/nobody',
      });
      const env = [{ name: 'WATCH_NAMESPACE', value: 'elsewhere' }];
      const containers = [{ name: 'operator', image: 'operator:1', env }];
      await expect(runWith(OPERATOR, { spec: { template: { spec: { containers } } } })).rejects.toMatchObject(
        {
          code: 'CLUSTER_NOT_READY',
          message: 'the operator watches elsewhere, and not mattermost-drill',
        },
      );
    });

    it('misses a kind of object that it does not serve, and names what is lost', async () => {
      const object: KubernetesObject = {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: { name: 'chat', namespace: 'mattermost' },
      };
      await run({
        backup: {
          alter: (objects) => [...objects, { resource: 'podmonitors.monitoring.coreos.com', object }],
        },
      });
      expect(context.checkOf('cluster.kinds')).toMatchObject({
        verdict: 'missed',
        code: 'KIND_NOT_SERVED',
        seen: 'not served: PodMonitor of monitoring.coreos.com/v1; so PodMonitor mattermost/chat cannot be restored',
      });
    });

    it('is not for a site that is backed up in the older group of the operator', async () => {
      const alter: VeleroBackupOptions['alter'] = (objects) =>
        objects.map(({ resource, object }) =>
          object.kind === 'Mattermost'
            ? {
                resource: 'clusterinstallations.mattermost.com',
                object: { ...object, apiVersion: 'mattermost.com/v1alpha1', kind: 'ClusterInstallation' },
              }
            : { resource, object },
        );
      await expect(run({ backup: { alter } })).rejects.toMatchObject({
        code: 'CLUSTER_NOT_READY',
        message: expect.stringContaining(
          'the backup has the site as ClusterInstallation of mattermost.com/v1alpha1',
        ),
      });
    });

    it('cannot tell what a backup that is damaged would need', async () => {
      await run({ backup: { alter: () => [], phase: 'InProgress' } });
      for (const id of ['cluster.version-skew', 'cluster.kinds'])
        expect(context.checkOf(id)).toMatchObject({ verdict: 'unverified', code: 'BACKUP_MISSING' });
    });

    it('may be production’s when another site lives in it', async () => {
      const site: KubernetesObject = {
        apiVersion: 'installation.mattermost.com/v1beta1',
        kind: 'Mattermost',
        metadata: { name: 'chat', namespace: 'elsewhere' },
        spec: {},
      };
      await server.cluster.create(site);
      try {
        await expect(run()).rejects.toMatchObject({
          code: 'SCRATCH_IS_PRODUCTION',
          message: '1 sites live in the cluster: elsewhere/chat',
        });
      } finally {
        await server.cluster.remove({ ...site, name: 'chat', namespace: 'elsewhere' });
      }
    });

    it('is not when its nodes have too little room', async () => {
      await expect(run({ scratch: { replicas: 9 } })).rejects.toMatchObject({
        code: 'CLUSTER_NOT_READY',
        message: 'the nodes have room for 4 of 9 replicas with 500m CPU and 512Mi',
      });
    });

    it('misses a schedule that was not at work within the RPO, or is paused', async () => {
      const schedule: KubernetesObject = {
        ...veleroObject('Schedule', 'daily'),
        spec: { template: { includedNamespaces: ['mattermost'] } },
        status: { lastBackup: '2020-01-01T00:00:00Z' },
      };
      await server.cluster.create(schedule);
      await runWith(schedule, {});
      expect(context.checkOf('cluster.schedules')).toMatchObject({
        verdict: 'missed',
        code: 'VELERO_SCHEDULE_STALE',
      });
      await server.cluster.remove({ ...schedule, name: 'daily', namespace: 'velero' });
    });

    it('gives the operator back the replicas that it had, however often it was held', async () => {
      context = await openStepContext({ config: kubernetesConfig(server.kubeconfig) });
      const scratch = await findScratchCluster(context);
      if (scratch === undefined) throw new Error('a scratch in a cluster was configured');
      const replicas = async () => {
        const ref = { ...OPERATOR, name: 'mattermost-operator', namespace: 'mattermost-operator' };
        const { replicas: many } = ((await server.cluster.read(ref))?.['spec'] ?? {}) as {
          replicas?: number;
        };
        return many;
      };
      await holdOperator(scratch, {});
      await holdOperator(scratch, {});
      expect(await replicas()).toBe(0);
      await requireHeld(scratch, {});
      await startOperator(scratch, {});
      expect(await replicas()).toBe(2);
      await expect(requireHeld(scratch, {})).rejects.toMatchObject({ code: 'SCRATCH_NOT_SEALED' });
      await holdOperator(scratch, {});
      await releaseOperator(scratch);
      await releaseOperator(scratch);
      expect(await replicas()).toBe(2);
    });

    it.each([
      [
        'serverstatusrequests.velero.io',
        'Velero is not installed in the cluster',
        'Install it there: docs/kubernetes.md.',
      ],
      [
        'mattermosts.installation.mattermost.com',
        'the cluster knows no Mattermost of installation.mattermost.com/v1beta1',
        expect.stringContaining('Install the Mattermost Operator with its definitions'),
      ],
    ])('is not without the definition of %s', async (name, message, hint) => {
      const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name };
      await server.cluster.remove(definition);
      await waitFor(async () => (await server.cluster.read(definition)) === undefined || undefined, {
        timeout: seconds(20),
      });
      await expect(run()).rejects.toMatchObject({ code: 'CLUSTER_NOT_READY', message, hint });
    });

    it('is CLUSTER_UNREACHABLE when its API server has gone', async () => {
      await server.kill();
      await expect(run()).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    });
  },
);

function veleroObject(kind: string, name: string): KubernetesObject {
  return { apiVersion: 'velero.io/v1', kind, metadata: { name, namespace: 'velero' } };
}

const LOCATION: KubernetesObject = {
  ...veleroObject('BackupStorageLocation', 'default'),
  spec: { objectStorage: { bucket: 'backups', prefix: 'prod' } },
  status: { phase: 'Available' },
};

const RECORD: KubernetesObject = {
  ...veleroObject('Backup', BACKUP.name),
  spec: { storageLocation: 'default' },
};

const NODE: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1' },
  status: {
    allocatable: { cpu: '2', memory: '4Gi' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
};
