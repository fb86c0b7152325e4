import type { Mattermost } from '../kubernetes/site/operator/mattermost.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import { NAMES } from './definition.ts';
import { time } from './stamp.ts';

/** Gives an object the status that controllers give it where all is well. */
export function withStatus(object: KubernetesObject, { spec }: Mattermost, at: Date): KubernetesObject {
  const status = STATUSES[object.kind]?.(spec, at);
  return status ? { ...object, status } : object;
}

const STATUSES: Readonly<Record<string, (spec: Mattermost['spec'], at: Date) => object>> = {
  Namespace: () => ({ phase: 'Active' }),
  PersistentVolumeClaim: () => ({
    accessModes: ['ReadWriteMany'],
    capacity: { storage: '1Gi' },
    phase: 'Bound',
  }),
  Service: () => ({ loadBalancer: {} }),
  Ingress: () => ({ loadBalancer: {} }),
  CronJob: () => ({}),
  Deployment: ({ replicas }, at) => ({
    availableReplicas: replicas,
    conditions: [
      condition('Available', 'MinimumReplicasAvailable', 'All replicas answer.', at),
      condition('Progressing', 'NewReplicaSetAvailable', 'The roll-out has ended.', at),
    ].map((said) => ({ ...said, lastUpdateTime: time(at) })),
    observedGeneration: 1,
    readyReplicas: replicas,
    replicas,
    terminatingReplicas: 0,
    updatedReplicas: replicas,
  }),
  PodDisruptionBudget: ({ replicas = 0 }, at) => ({
    conditions: [{ ...condition('DisruptionAllowed', 'SufficientPods', '', at), observedGeneration: 1 }],
    currentHealthy: replicas,
    desiredHealthy: 1,
    disruptionsAllowed: replicas - 1,
    expectedPods: replicas,
    observedGeneration: 1,
  }),
  Mattermost: ({ image, version, replicas, ingress }) => ({
    endpoint: ingress?.host,
    image,
    observedGeneration: 1,
    replicas,
    state: 'stable',
    updatedReplicas: replicas,
    version,
  }),
  CustomResourceDefinition: (_, at) => ({
    acceptedNames: NAMES,
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'the names are free', at),
      condition('Established', 'InitialNamesAccepted', 'the names have been accepted', at),
    ],
    storedVersions: ['v1beta1'],
  }),
};

function condition(type: string, reason: string, message: string, at: Date) {
  return { lastTransitionTime: time(at), message, reason, status: 'True', type };
}
