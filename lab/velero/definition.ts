import { GROUP } from '../kubernetes/site/operator/mattermost.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';

export const NAMES = {
  kind: 'Mattermost',
  listKind: 'MattermostList',
  plural: 'mattermosts',
  shortNames: ['mm'],
  singular: 'mattermost',
};

const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** Of the custom resource; what is in one is left to the operator. */
export const DEFINITION: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${NAMES.plural}.${GROUP}` },
  spec: {
    group: GROUP,
    names: NAMES,
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1beta1',
        schema: { openAPIV3Schema: { properties: { spec: OPEN, status: OPEN }, type: 'object' } },
        served: true,
        storage: true,
        subresources: { status: {} },
      },
    ],
  },
};
