import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { seconds } from '../../../src/model/duration.ts';
import { DrillError } from '../../../src/model/errors.ts';
import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import type { Cluster } from '../cluster.ts';

const RBAC = path.join(import.meta.dirname, '../../../docs/kubernetes/rbac.yaml');
/** As that file calls account and namespace. */
const NAME = 'muster';

/** Makes the account that drills run as, with the rights that docs/ grants it and no more. Resolves to its kubeconfig. */
export async function makeDrillAccount(
  { api, writeKubeconfig }: Cluster,
  signal: AbortSignal,
): Promise<string> {
  const granted = parseAllDocuments(await readFile(RBAC, 'utf8')).map(
    (document) => document.toJS() as KubernetesObject,
  );
  const inOwn = { name: NAME, namespace: NAME };
  const objects: readonly KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME } },
    ...granted,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...inOwn, annotations: { 'kubernetes.io/service-account.name': NAME } },
      type: 'kubernetes.io/service-account-token',
    },
  ];
  for (const object of objects) await api.apply(object);
  const token = await waitFor(
    async () => {
      const secret = await api.find('v1', 'Secret', NAME, NAME);
      return (secret?.['data'] as { token?: string } | undefined)?.token;
    },
    { timeout: seconds(30), interval: 100, signal },
  );
  if (token === undefined)
    throw new DrillError('LAB_FAILED', `the cluster gives account ${NAME} no token within 30s`);
  return writeKubeconfig(NAME, Buffer.from(token, 'base64').toString('utf8'));
}
