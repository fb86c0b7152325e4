import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';
import { NODE_NAME } from '../node.ts';
import { STORAGE_CLASS } from './start.ts';

interface LocalVolume {
  readonly name: string;
  /** A folder of this machine. */
  readonly path: string;
  /** Whose it is. */
  readonly claim: { readonly namespace: string; readonly name: string };
}

/** A folder of the lab's node as a volume. Velero saves volumes of kind `local`, and none of kind `hostPath`. */
export function localVolume({ name, path, claim }: LocalVolume): KubernetesObject {
  const onNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [NODE_NAME] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteMany'],
      capacity: { storage: '1Gi' },
      claimRef: claim,
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: STORAGE_CLASS,
    },
  };
}
