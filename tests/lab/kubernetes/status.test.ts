import { expect, it } from 'vitest';
import { statusOf } from '../../../lab/kubernetes/site/operator/status.ts';
import type { Mattermost } from '../../../lab/kubernetes/site/operator/mattermost.ts';

const RESOURCE: Mattermost = {
  apiVersion: 'installation.mattermost.com/v1beta1',
  kind: 'Mattermost',
  metadata: { name: 'chat', namespace: 'mattermost', generation: 3 },
  spec: { image: 'mattermost', version: '11.6.0', ingress: { enabled: true, host: 'chat.example' } },
};
const DONE = { observedGeneration: 4, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

it('is stable when every pod is new and available, and the ingress has an address', () => {
  expect(see(DONE, [{ ip: '10.0.0.1' }])).toEqual({
    state: 'stable',
    observedGeneration: 3,
    replicas: 2,
    updatedReplicas: 2,
    image: 'mattermost',
    version: '11.6.0',
    endpoint: 'chat.example',
    error: '',
  });
});

it('is no more than ready without an address', () => {
  expect(see(DONE, [])).toMatchObject({ state: 'ready', endpoint: '' });
});

it.each([
  ['a pod of the older kind is left', { ...DONE, replicas: 3 }],
  ['a pod does not answer', { ...DONE, availableReplicas: 1 }],
  ['a pod is still to be made anew', { ...DONE, updatedReplicas: 1 }],
  ['nobody has looked at the change yet', { ...DONE, observedGeneration: 3 }],
])('is reconciling as long as %s', (_, deployment) => {
  expect(see(deployment, [{ ip: '10.0.0.1' }])).toMatchObject({ state: 'reconciling' });
});

it('says why nothing could be made, and is not stable on what was there before', () => {
  expect(see(DONE, [{ ip: '10.0.0.1' }], 'no secret')).toMatchObject({
    state: 'reconciling',
    error: 'no secret',
  });
});

function see(status: object, addresses: readonly object[], error?: string) {
  const object = (kind: string, body: object) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'chat', generation: 4 },
    ...body,
  });
  return statusOf(RESOURCE, {
    deployment: object('Deployment', { spec: { replicas: 2 }, status }),
    ingress: object('Ingress', { status: { loadBalancer: { ingress: addresses } } }),
    error,
  });
}
