import { defineSabotage } from '../sabotage.ts';

const API = 'admissionregistration.k8s.io/v1';
const NAME = 'muster-sabotage';

export default defineSabotage({
  title: 'The cluster refuses an object, and Velero goes on without it',
  damages: 'One ConfigMap, which a policy of the cluster lets nobody make.',
  drill: 'cluster',
  caughtBy: { check: 'restore.objects', code: 'OBJECTS_DIFFER' },
  mayFollow: ['restore.velero'],
  inCluster: {
    async before({ create }) {
      await create({
        apiVersion: API,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: NAME },
        spec: {
          matchConstraints: {
            resourceRules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
            ],
          },
          validations: [{ expression: 'object.metadata.name != "mm-extra-config"' }],
        },
      });
      await create({
        apiVersion: API,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: NAME },
        spec: { policyName: NAME, validationActions: ['Deny'] },
      });
    },
  },
});
