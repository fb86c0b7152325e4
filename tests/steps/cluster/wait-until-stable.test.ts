import { expect, it } from 'vitest';
import { isStable } from '../../../src/steps/restore/cluster/wait-until-stable.ts';
import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';

const STATUS = { state: 'stable', observedGeneration: 3, updatedReplicas: 2 };
const site = (status: object): KubernetesObject => ({
  apiVersion: 'installation.mattermost.com/v1beta1',
  kind: 'Mattermost',
  metadata: { name: 'chat', generation: 3 } as KubernetesObject['metadata'],
  spec: { replicas: 2 },
  status: { ...STATUS, ...status },
});

it.each<[string, object, boolean]>([
  ['all of it is so', {}, true],
  ['the operator still reconciles', { state: 'reconciling' }, false],
  ['it tells of an earlier generation', { observedGeneration: 2 }, false],
  ['a replica is an old one', { updatedReplicas: 1 }, false],
  ['there is an error beside it', { error: 'no such secret' }, false],
])('calls a site stable only if %s', (_what, status, expected) => {
  expect(isStable(site(status))).toBe(expected);
});

it('calls a site that is gone not stable', () => {
  expect(isStable(undefined)).toBe(false);
});
