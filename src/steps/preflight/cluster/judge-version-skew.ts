import type { Check } from '../../../model/check.ts';
import { compareVersions } from '../../../support/tools.ts';

/** The layout of tarballs that is read here and by every Velero since 1.0: https://velero.io/docs/v1.18/output-file-format/ */
const LAYOUT = '1';

export interface Skew {
  /** Of the cluster that was backed up: "v1.36.3"; null when Velero did not write it down. */
  readonly saved: string | null;
  /** Of the tarball's layout. */
  readonly layout: string;
  /** Of the cluster that it is restored into. */
  readonly scratch: string;
}

/**
 * The check `cluster.version-skew`. Velero restores into the same or a newer version of Kubernetes, and not into an
 * older one: https://velero.io/docs/v1.18/migration-case/. Pure.
 */
export function judgeVersionSkew({ saved, layout, scratch }: Skew): Check {
  const check = {
    id: 'cluster.version-skew',
    claim: 'The cluster is not older than the one that was backed up',
    expected: `Kubernetes ${saved === null ? 'of the site' : minorOf(saved)} or newer, a tarball of layout ${LAYOUT}`,
    seen: `${minorOf(scratch)} (${scratch}); the backup is of ${saved ?? 'an unknown version'}, layout ${layout}`,
  };
  if (layout.split('.')[0] !== LAYOUT)
    return {
      ...check,
      verdict: 'missed',
      code: 'BACKUP_LAYOUT_UNKNOWN',
      hint: 'A Velero that is newer than this Muster has made it: look for a newer Muster.',
    };
  if (saved === null)
    return {
      ...check,
      verdict: 'unverified',
      code: 'SOURCE_VERSION_UNKNOWN',
      hint: 'The record of the backup lacks the annotation velero.io/source-cluster-k8s-gitversion: compare the versions of both clusters by hand.',
    };
  if (compareVersions(minorOf(scratch), minorOf(saved)) >= 0) return { ...check, verdict: 'passed' };
  return {
    ...check,
    verdict: 'missed',
    code: 'CLUSTER_OLDER',
    hint: 'Velero does not support restoring into an older cluster: bring the one of the drill to the version of the site.',
  };
}

/** "v1.36.3-eks-5" → "1.36": patches and clouds do not change what is served. */
function minorOf(version: string): string {
  return /^v?(\d+\.\d+)/.exec(version)?.[1] ?? version;
}
