import type { KubernetesObject } from './velero-tarball.ts';

/** A PersistentVolumeClaim of a backup, and what became of its data. */
export interface ClaimedVolume {
  readonly namespace: string;
  readonly claim: string;
  /** Mounted as the site's file store, as its Mattermost resource says. */
  readonly isFileStore: boolean;
  readonly saved: SavedVolume | undefined;
  /** Why it was not saved, for people; '' when it was. */
  readonly why: string;
}

export interface SavedVolume {
  /** `PodVolumeBackup`, `CSISnapshot`, `NativeSnapshot` */
  readonly method: string;
  /** Of a file-system backup: the pod that it was saved through, and what the volume is called in there. */
  readonly pod: { readonly name: string; readonly volume: string } | null;
  /** ISO 8601: what was written later is not in it. */
  readonly startedAt: string | null;
  readonly bytes: number | null;
}

/**
 * An entry of `BACKUP-volumeinfo.json.gz`, from Velero 1.13 on:
 * https://github.com/vmware-tanzu/velero/blob/v1.18.0/internal/volume/volumes_information.go
 */
export interface VolumeRecord {
  readonly pvcName?: string;
  readonly pvcNamespace?: string;
  readonly backupMethod?: string;
  readonly skipped?: boolean;
  readonly skippedReason?: string;
  readonly startTimestamp?: string;
  /** Before Velero 1.15 it does not say. */
  readonly result?: string;
  readonly pvbInfo?: {
    readonly Phase?: string;
    readonly podName?: string;
    readonly volumeName?: string;
    readonly size?: number;
  };
}

/** Holds every claim of a backup against Velero's record of volumes. Pure. Velero says Completed of one that it left out. */
export function describeClaims(
  objects: readonly KubernetesObject[],
  records: readonly VolumeRecord[],
): readonly ClaimedVolume[] {
  const stores = new Set(objects.flatMap(fileStoreOf));
  return objects
    .filter(({ kind }) => kind === 'PersistentVolumeClaim')
    .map(({ metadata: { name: claim, namespace = '' } }) => {
      const mine = records.filter((record) => record.pvcName === claim && record.pvcNamespace === namespace);
      const record = mine.find(isSaved);
      return {
        ...{ namespace, claim, isFileStore: stores.has(`${namespace}/${claim}`) },
        saved: record && describeSaved(record),
        why: record ? '' : whyNot(mine, podsOf(objects, namespace, claim)),
      };
    });
}

function isSaved({ skipped, result, backupMethod, pvbInfo }: VolumeRecord): boolean {
  if (skipped === true || backupMethod === undefined) return false;
  return (
    (result === undefined || result === 'succeeded') &&
    (backupMethod !== 'PodVolumeBackup' || pvbInfo?.Phase === 'Completed')
  );
}

function describeSaved({ backupMethod = '', startTimestamp, pvbInfo }: VolumeRecord): SavedVolume {
  const { podName, volumeName, size } = pvbInfo ?? {};
  return {
    method: backupMethod,
    pod: podName === undefined || volumeName === undefined ? null : { name: podName, volume: volumeName },
    startedAt: startTimestamp ?? null,
    bytes: size ?? null,
  };
}

function whyNot(records: readonly VolumeRecord[], pods: readonly KubernetesObject[]): string {
  const reasons = [
    ...records.flatMap(
      ({ skippedReason, result, pvbInfo }) => skippedReason || (pvbInfo?.Phase ?? result) || [],
    ),
    // Velero reads a volume through a pod that runs, and says nothing where none does.
    ...(pods.some((pod) => phaseOf(pod) === 'Running')
      ? []
      : pods.map((pod) => `its pod ${pod.metadata.name} was ${phaseOf(pod)} and not running`)),
  ];
  if (reasons.length > 0) return reasons.join('; ');
  return pods.length === 0 ? 'no pod mounted it' : 'Velero was not told to save it';
}

function podsOf(objects: readonly KubernetesObject[], namespace: string, claim: string) {
  return objects.filter((object) => {
    if (object.kind !== 'Pod' || object.metadata.namespace !== namespace) return false;
    const { volumes = [] } = (object['spec'] ?? {}) as PodSpec;
    return volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim);
  });
}

interface PodSpec {
  readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
}

function phaseOf(pod: KubernetesObject): string {
  return ((pod['status'] ?? {}) as { readonly phase?: string }).phase ?? 'in no known state';
}

function fileStoreOf({ kind, metadata, spec }: KubernetesObject): readonly string[] {
  if (kind !== 'Mattermost') return [];
  const { fileStore } = (spec ?? {}) as {
    fileStore?: { externalVolume?: { volumeClaimName?: string } };
  };
  const claim = fileStore?.externalVolume?.volumeClaimName;
  return claim === undefined ? [] : [`${metadata.namespace ?? ''}/${claim}`];
}
