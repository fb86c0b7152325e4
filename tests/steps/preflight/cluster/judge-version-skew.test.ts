import { expect, it } from 'vitest';
import { judgeVersionSkew } from '../../../../src/steps/preflight/cluster/judge-version-skew.ts';

const SAME = { saved: 'v1.36.3', layout: '1.1.0', scratch: 'v1.36.3' };

it.each([
  ['the same version', SAME],
  ['another patch of it', { ...SAME, scratch: 'v1.36.0-eks-2f4a1b9' }],
  ['a newer one', { ...SAME, scratch: 'v1.40.1' }],
])('takes %s of Kubernetes', (_what, skew) => {
  expect(judgeVersionSkew(skew).verdict).toBe('passed');
});

it('misses a cluster that is older than the one that was backed up', () => {
  expect(judgeVersionSkew({ ...SAME, scratch: 'v1.9.11' })).toMatchObject({
    verdict: 'missed',
    code: 'CLUSTER_OLDER',
    expected: 'Kubernetes 1.36 or newer, a tarball of layout 1',
    seen: '1.9 (v1.9.11); the backup is of v1.36.3, layout 1.1.0',
  });
});

it('cannot tell when Velero did not write the version down', () => {
  expect(judgeVersionSkew({ ...SAME, saved: null })).toMatchObject({
    verdict: 'unverified',
    code: 'SOURCE_VERSION_UNKNOWN',
  });
});

it('misses a tarball of a layout that is not known, however old the cluster', () => {
  expect(judgeVersionSkew({ ...SAME, saved: null, layout: '2.0.0' })).toMatchObject({
    verdict: 'missed',
    code: 'BACKUP_LAYOUT_UNKNOWN',
  });
});
