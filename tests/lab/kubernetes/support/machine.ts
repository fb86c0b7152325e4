import { requireKubernetesMachine, requireNamespaces } from '../../../../lab/kubernetes/requirements.ts';

/** Why no Kubernetes lab can be brought up here; undefined where one can. */
export async function whyNoCluster(): Promise<string | undefined> {
  return reasonOf(requireKubernetesMachine());
}

/** Why no network namespace can be made here; undefined where one can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  return reasonOf(requireNamespaces());
}

async function reasonOf(requirement: Promise<void>): Promise<string | undefined> {
  return requirement.then(
    () => undefined,
    (error: Error) => error.message,
  );
}
