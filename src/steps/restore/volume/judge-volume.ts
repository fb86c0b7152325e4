import type { Check } from '../../../model/check.ts';
import { formatBytes } from '../../backups/progress-meter.ts';

/** Pure: what is on the volume against what Velero says it saved. */
export function judgeVolume(
  { objects, bytes }: { readonly objects: number; readonly bytes: number },
  saved: number | null,
): Check {
  const check = {
    id: 'restore.files-match-backup',
    claim: 'The restored files are those of the backup',
    expected: saved === null ? 'as many bytes as were saved' : `${saved} bytes, as Velero saved them`,
    seen: `${objects} files, ${bytes} bytes (${formatBytes(bytes)})`,
  };
  if (objects === 0 || saved === null)
    return { ...check, verdict: 'unverified', code: 'NOTHING_TO_COMPARE_WITH' };
  if (bytes === saved) return { ...check, verdict: 'passed' };
  return {
    ...check,
    verdict: 'missed',
    code: 'FILES_DIFFER',
    hint: 'Velero calls its Restore Completed: see `velero restore describe --details`, and what else writes to the volume.',
  };
}
