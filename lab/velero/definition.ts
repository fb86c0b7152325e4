import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import { time, type createStamper } from './stamp.ts';

export const GROUP = 'installation.mattermost.com';

/** Velero takes the definitions of the custom resources that it backs up along, asked or not. */
export function createDefinition(stamp: ReturnType<typeof createStamper>, createdAt: Date): KubernetesObject {
  const names = {
    kind: 'Mattermost',
    listKind: 'MattermostList',
    plural: 'mattermosts',
    shortNames: ['mm'],
    singular: 'mattermost',
  };
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const established = (type: string, reason: string, message: string) => ({
    lastTransitionTime: time(createdAt),
    message,
    reason,
    status: 'True',
    type,
  });
  const schema = { openAPIV3Schema: { properties: { spec: open, status: open }, type: 'object' } };
  const spec = {
    conversion: { strategy: 'None' },
    group: GROUP,
    names,
    scope: 'Namespaced',
    versions: [{ name: 'v1beta1', schema, served: true, storage: true, subresources: { status: {} } }],
  };
  return stamp('apiextensions.k8s.io/v1', 'CustomResourceDefinition', `mattermosts.${GROUP}`, {
    metadata: {
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify({ spec })}\n` },
    },
    spec,
    status: {
      acceptedNames: names,
      conditions: [
        established('NamesAccepted', 'NoConflicts', 'the names are free'),
        established('Established', 'InitialNamesAccepted', 'the names have been accepted'),
      ],
      storedVersions: ['v1beta1'],
    },
  });
}
