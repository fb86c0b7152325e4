import type { StepContext } from '../../../model/drill.ts';
import { DrillError } from '../../../model/errors.ts';
import { openTarball, readClaims } from '../../../support/velero-backup.ts';
import type { KubernetesObject } from '../../../support/velero-tarball.ts';
import { openVeleroStore } from '../../backups/open-stores.ts';

/** The file store as Velero saved it: a volume, read through a pod that mounted it. */
export interface VolumeSource {
  readonly backup: string;
  /** Where the site was. */
  readonly namespace: string;
  readonly claim: string;
  /** The pod's name for the volume. */
  readonly volume: string;
  readonly pod: KubernetesObject;
  /** It and its siblings: Velero selects by labels and cannot tell them apart. */
  readonly pods: readonly KubernetesObject[];
  readonly labels: Readonly<Record<string, string>>;
  readonly bytes: number | null;
}

/** Rejects with BACKUP_MISSING when the site's files are on no volume, or Velero did not save it by its file-system backup. */
export async function findVolume(ctx: StepContext): Promise<VolumeSource> {
  const { velero } = ctx.config.backups;
  const backup = ctx.get('backups').velero?.name;
  if (velero === undefined || backup === undefined)
    throw new DrillError('BACKUP_MISSING', 'there is no Velero backup that the volume could come from');
  const { prefix, namespace } = velero;
  const options = { prefix, signal: ctx.signal };
  await using store = await openVeleroStore(ctx);
  const { objects } = await openTarball(store, backup, options);
  const claims = await readClaims(store, backup, objects, options);
  const found = claims?.find((volume) => volume.isFileStore && volume.namespace === namespace);
  const saved = found?.saved;
  const pod = objects.find(
    ({ kind, metadata }) =>
      kind === 'Pod' && metadata.namespace === namespace && metadata.name === saved?.pod?.name,
  );
  if (found === undefined)
    throw missing(
      'the Mattermost resource names no volume for its files',
      'Set scratch.files.kind to "bucket".',
    );
  if (saved?.pod == null || pod === undefined)
    throw missing(
      `the site's files are on the volume ${found.claim}, and Velero has no file-system backup of it: ${found.why || saved?.method}`,
      'See backup.velero.volumes.',
    );
  const { labels = {} } = pod.metadata;
  return {
    ...{ backup, namespace, claim: found.claim, volume: saved.pod.volume, pod, labels, bytes: saved.bytes },
    pods: objects.filter(({ kind, metadata }) => kind === 'Pod' && metadata.namespace === namespace),
  };
}

function missing(what: string, hint: string): DrillError {
  return new DrillError('BACKUP_MISSING', what, { hint });
}
