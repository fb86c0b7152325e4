import type { RecoveryCluster } from './sabotage.ts';

/** Makes a policy in the scratch namespace that lets everything out of it. */
export async function openPolicy({ namespace, create }: RecoveryCluster): Promise<void> {
  await create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'allow-all', namespace },
    spec: { podSelector: {}, egress: [{}], policyTypes: ['Egress'] },
  });
}
