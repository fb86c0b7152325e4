import { BUCKETS } from '../../lab/underway.ts';
import { openBucketFolder } from '../../lab/storage/bucket-folder.ts';
import type { LabGround, RecoveryCluster } from '../../lab/sabotages/sabotage.ts';
import { resolveSecret } from '../config/secrets.ts';
import { seconds } from '../model/duration.ts';
import { openCluster, type ObjectRef } from '../providers/cluster/index.ts';
import { inversePatch } from '../support/merge-patch.ts';
import type { KubernetesObject } from '../support/velero-tarball.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Ground } from './ground.ts';

const PATIENCE = seconds(30);

/** The ground's cluster and bucket, as a sabotage is given them. */
export async function openRecovery({ lab, config }: Ground, on: LabGround): Promise<RecoveryCluster> {
  const { scratch } = config;
  const { kubeconfig } = lab;
  if (scratch.kind !== 'kubernetes' || kubeconfig === null)
    throw new TypeError('this lab has no cluster to restore into');
  // A drill may do little there; who damages things is not asked.
  const cluster = await openCluster({ kubeconfig });
  const bucket = await openBucket(config.backups.store);
  on.afterwards(bucket.putBack);
  /** What is in the scratch namespace goes with it. */
  const putBack = ({ namespace }: Pick<ObjectRef, 'namespace'>, work: () => Promise<unknown>) => {
    if (namespace !== scratch.namespace) on.afterwards(async () => void (await work()));
  };
  return {
    ...on,
    bucket,
    namespace: scratch.namespace,
    read: (ref) => cluster.read(ref),
    async create(object) {
      const { apiVersion, kind, metadata } = object;
      const ref = { apiVersion, kind, ...metadata };
      putBack(ref, () => cluster.remove(ref));
      await cluster.create(object);
    },
    async patch(ref, patch) {
      const before = await cluster.read(ref);
      putBack(ref, () => cluster.patch(ref, inversePatch(before, patch)));
      await cluster.patch(ref, patch);
    },
    async remove(ref) {
      const before = await cluster.read(ref);
      if (before) putBack(ref, () => cluster.create(madeAnew(before)));
      await cluster.remove(ref);
    },
    async until(condition) {
      const held = await waitFor(async () => (await condition()) || undefined, {
        timeout: PATIENCE,
        interval: 200,
      });
      if (!held) throw new TypeError('the cluster does not become what the sabotage makes of it');
    },
    watch(ref, act) {
      const end = new AbortController();
      const watching = waitFor(() => cluster.read(ref), {
        timeout: Infinity,
        interval: 20,
        signal: end.signal,
      })
        .then((found) => found && act(found))
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      on.afterwards(async () => {
        end.abort();
        const error = await watching;
        if (error instanceof Error && error.name !== 'AbortError') throw error;
      });
    },
    halt(role) {
      const goOn = lab.halt(role);
      on.afterwards(async () => goOn());
    },
  };
}

async function openBucket(store: Ground['config']['backups']['store']) {
  if (store.kind !== 's3' || store.endpoint === undefined) throw new TypeError('the lab has a bucket');
  const { endpoint, region = '', accessKeyId, secretAccessKey } = store;
  if (!accessKeyId || !secretAccessKey) throw new TypeError('the lab’s bucket has keys');
  return openBucketFolder(
    {
      endpoint,
      region,
      accessKeyId: await resolveSecret(accessKeyId),
      secretAccessKey: await resolveSecret(secretAccessKey),
    },
    BUCKETS.backups,
  );
}

/** Without what the cluster gives each object. */
function madeAnew({ status: _status, metadata, ...rest }: KubernetesObject): KubernetesObject {
  const { name, namespace, labels, annotations } = metadata;
  return {
    ...rest,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
  };
}
