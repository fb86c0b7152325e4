import type { ObjectRef } from '../../src/providers/cluster/contract.ts';

/** The Deployment of the Mattermost Operator, which a drill sets to zero. */
export const OPERATOR: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: 'mattermost-operator',
  namespace: 'mattermost-operator',
};
