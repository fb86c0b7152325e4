import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keptObjects } from '../../../lab/velero/kept-objects.ts';
import { packObjects } from '../../../lab/velero/tarball.ts';
import type { ClusterFacts } from '../../../src/model/facts.ts';
import { openReader, type ObjectReader } from '../../../src/providers/object-store/index.ts';
import { findScratchCluster, runName } from '../../../src/steps/cluster/scratch-cluster.ts';
import { restoreIntoCluster, undoRestore } from '../../../src/steps/restore/cluster/restore-into-cluster.ts';
import {
  quarantineNamespace,
  scanNamespace,
} from '../../../src/steps/restore/cluster/quarantine-namespace.ts';
import { matcher } from '../../../src/steps/restore/quarantine/production-addresses.ts';
import { openTarball } from '../../../src/support/velero-backup.ts';
import { readTarball, type KubernetesObject, type Tarball } from '../../../src/support/velero-tarball.ts';
import { realBackups } from '../../support/backups.ts';
import { startApiServer, whyNoApiServer, type ApiServer } from '../../support/kubernetes/api-server.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import { OPERATOR, PRODUCTION, SITE } from './cluster-site.ts';
import { kubernetesConfig } from './kubernetes-config.ts';
import { startTinyVelero, type TinyVeleroOptions } from './tiny-velero.ts';

const CLUSTER = {
  name: 'chat',
  namespace: 'mattermost',
  addresses: [`db.${PRODUCTION}`],
} as unknown as ClusterFacts;

describe.skipIf(whyNoApiServer !== undefined)(
  `a restore into a real API server (${whyNoApiServer ?? 'there'})`,
  () => {
    let server: ApiServer;
    let ours: Tarball;
    let store: ObjectReader;
    let context: TestContext;
    let count = 0;

    beforeAll(async () => {
      server = await startApiServer();
      for (const name of ['velero', 'mattermost-operator'])
        await server.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      await server.cluster.create(OPERATOR);
      await setOperator(0);
      const at = new Date('2026-11-21T23:10:57Z');
      ours = await readTarball(Readable.from([packObjects(keptObjects(SITE, at), at)]), 'a tarball');
    }, 180_000);
    afterAll(() => server?.[Symbol.asyncDispose]());
    afterEach(() => context?.[Symbol.asyncDispose]());

    const setOperator = (replicas: number) =>
      server.cluster.patch({ ...OPERATOR, ...OPERATOR.metadata }, { spec: { replicas } });

    /** Restores into a namespace of its own: without controllers, none is ever deleted. */
    async function restore(
      options: Omit<TinyVeleroOptions, 'cluster'> = {},
      before: readonly KubernetesObject[] = [],
    ) {
      const namespace = `drill-${++count}`;
      context = await openStepContext({
        config: kubernetesConfig(server.kubeconfig, { namespace }),
        facts: { cluster: CLUSTER },
      });
      store = await openReader({ kind: 'filesystem', root: context.directory });
      const scratch = await findScratchCluster(context);
      if (scratch === undefined) throw new Error('a scratch in a cluster was configured');
      await server.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      for (const object of before)
        await server.cluster.create({ ...object, metadata: { ...object.metadata, namespace } });
      const tarball = options.tarball ?? ours;
      await using _velero = startTinyVelero({ cluster: server.cluster, ...options, tarball });
      try {
        await restoreIntoCluster(context, scratch, {
          store,
          prefix: 'prod',
          backup: 'daily-1',
          namespace: 'mattermost',
          tarball,
        });
      } finally {
        await undoRestore(context, scratch);
      }
      return { scratch, namespace };
    }

    it('stops when somebody has let the operator go meanwhile', async () => {
      await setOperator(1);
      try {
        await expect(restore()).rejects.toMatchObject({
          code: 'SCRATCH_NOT_SEALED',
          message: expect.stringContaining('was set to 0 replicas and has 1'),
        });
      } finally {
        await setOperator(0);
      }
    });

    it('holds every object, and says what Velero did', async () => {
      await restore();
      expect(context.checkOf('restore.objects')).toMatchObject({ verdict: 'passed' });
      expect(context.checkOf('restore.velero')).toMatchObject({ verdict: 'passed' });
      expect([...context.attachments.values()].join()).not.toContain(PRODUCTION);
    });

    it.skipIf(realBackups === undefined)('holds those of a real backup', async () => {
      await using real = await openReader({
        kind: 'filesystem',
        root: path.join(realBackups ?? '', 'velero-1.18'),
      });
      await restore({
        tarball: await openTarball(real, 'mattermost-daily-20261121231057', { prefix: 'prod' }),
      });
      expect(context.checkOf('restore.objects')).toMatchObject({ verdict: 'passed' });
    });

    it('takes its Restore and its ConfigMap away again', async () => {
      await restore();
      const name = runName(context);
      const ref = { name, namespace: 'velero' };
      expect(
        await server.cluster.read({ ...ref, apiVersion: 'velero.io/v1', kind: 'Restore' }),
      ).toBeUndefined();
      expect(await server.cluster.read({ ...ref, apiVersion: 'v1', kind: 'ConfigMap' })).toBeUndefined();
      expect([...context.resources]).toEqual([]);
    });

    it.each<[string, RegExp, Omit<TinyVeleroOptions, 'cluster'>]>([
      [
        'an object was skipped',
        /Secret drill-\d+\/mm-database is missing/,
        { meddle: (object) => (object.metadata.name === 'mm-database' ? undefined : object) },
      ],
      [
        'a secret was tampered with on the way',
        /mm-database is not as it was saved, at data.DB_CONNECTION_STRING/,
        {
          meddle: (object) =>
            object.metadata.name === 'mm-database'
              ? { ...object, data: { ...(object['data'] as object), DB_CONNECTION_STRING: 'eA==' } }
              : object,
        },
      ],
      [
        'nothing held the application back',
        /Mattermost drill-\d+\/chat is not as it was saved, at spec.replicas/,
        {
          meddle: (object) =>
            object.kind === 'Mattermost'
              ? { ...object, spec: { ...(object['spec'] as object), replicas: 2 } }
              : object,
        },
      ],
    ])('is missed when %s, though Velero says Completed', async (_what, seen, options) => {
      await restore(options);
      expect(context.checkOf('restore.objects')).toMatchObject({
        verdict: 'missed',
        code: 'OBJECTS_DIFFER',
        seen: expect.stringMatching(seen),
      });
      expect(context.checkOf('restore.objects').seen).toContain('Velero says Completed');
    });

    it('is missed when an earlier restore has left a changed object behind', async () => {
      await restore({}, [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'mm-extra-config' },
          data: { wiki: 'drifted' },
        },
      ]);
      expect(context.checkOf('restore.objects').seen).toMatch(
        /mm-extra-config is not as it was saved, at data.wiki/,
      );
      expect(context.checkOf('restore.velero').seen).toContain('1 warnings');
    });

    it('is missed when there is a policy that would open what is denied', async () => {
      await restore({}, [
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'open' },
          spec: { podSelector: {}, egress: [{}] },
        },
      ]);
      expect(context.checkOf('restore.objects').seen).toMatch(
        /NetworkPolicy drill-\d+\/open is not in the backup/,
      );
    });

    it.each(['PartiallyFailed', 'FailedValidation', 'Failed'])(
      'tells of a restore that is %s',
      async (phase) => {
        const outcome = restore({ phase });
        if (phase === 'PartiallyFailed') await outcome;
        else await expect(outcome).rejects.toMatchObject({ code: 'RESTORE_FAILED' });
        expect(context.checkOf('restore.velero')).toMatchObject({
          verdict: 'missed',
          code: 'VELERO_RESTORE_FAILED',
        });
      },
    );

    it('leaves no secret and no address of production after quarantine', async () => {
      const { scratch, namespace } = await restore();
      const addresses = matcher([`*.${PRODUCTION}`]);
      const findings = async () =>
        (await scanNamespace(scratch.cluster, namespace, addresses, {})).flatMap((scan) => scan.findings);
      expect((await findings()).map(({ place }) => place)).toEqual(
        expect.arrayContaining(['Secret mm-database DB_CONNECTION_STRING', 'ConfigMap mm-extra-config wiki']),
      );
      expect(await quarantineNamespace(scratch.cluster, namespace, addresses, {})).toBeGreaterThan(2);
      expect(await findings()).toEqual([]);
      const secrets = await scratch.cluster.list({ apiVersion: 'v1', kind: 'Secret', namespace });
      const values = secrets.flatMap(({ data }) => Object.values(data as Record<string, string>));
      expect(new Set(values)).toEqual(new Set([Buffer.from('quarantined').toString('base64')]));
      expect(await quarantineNamespace(scratch.cluster, namespace, addresses, {})).toBe(0);
    });
  },
);
