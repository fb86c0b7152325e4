import type { Check } from '../../model/check.ts';
import { someOf } from '../../support/some-of.ts';
import type { ClaimedVolume } from '../../support/velero-volumes.ts';

export const VOLUMES = {
  id: 'backup.velero.volumes',
  claim: 'Velero saved the data of every volume that the site claims',
  expected: 'a file-system backup or a snapshot of each',
};

/** Pure. Velero calls a backup Completed that left a volume out. Undefined: it kept no record of volumes. */
export function judgeVolumes(volumes: readonly ClaimedVolume[] | undefined): Check {
  if (volumes === undefined)
    return {
      ...VOLUMES,
      verdict: 'unverified',
      seen: 'Velero left no record of the volumes (volumeinfo.json.gz)',
      code: 'NO_VOLUME_RECORD',
      hint: 'Velero writes it from 1.13 on.',
    };
  const unsaved = volumes.filter(({ saved }) => saved === undefined);
  if (unsaved.length === 0)
    return {
      ...VOLUMES,
      verdict: 'passed',
      seen: volumes.map(describe).join(', ') || 'no claim of a volume',
    };
  return {
    ...VOLUMES,
    verdict: 'missed',
    seen: `${unsaved.length} of ${volumes.length} not saved: ${someOf(unsaved.map(describe))}`,
    code: 'VOLUME_NOT_SAVED',
    hint: 'Have Velero save volumes (defaultVolumesToFsBackup, or snapshots), while a pod that mounts them runs.',
  };
}

function describe({ claim, isFileStore, saved, why }: ClaimedVolume): string {
  const what = isFileStore ? `${claim} (the file store)` : claim;
  return saved === undefined ? `${what}: ${why}` : `${what} by ${saved.method}`;
}
