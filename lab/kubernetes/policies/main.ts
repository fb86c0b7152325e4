import { execFile } from 'node:child_process';
import {
  CoreV1Api,
  KubeConfig,
  makeInformer,
  NetworkingV1Api,
  type Informer,
  type KubernetesListObject,
  type KubernetesObject,
  type ObjectCache,
} from '@kubernetes/client-node';
import { policyRuleset } from './ruleset.ts';

/**
 * Puts a cluster's NetworkPolicies into force in the network namespace that it runs in, and keeps them so:
 * `KUBECONFIG=FILE node main.ts NFT`.
 */
const [nft = ''] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const networking = config.makeApiClient(NetworkingV1Api);

let due = false;
let atWork = false;

const namespaces = follow('/api/v1/namespaces', () => core.listNamespace());
const pods = follow('/api/v1/pods', () => core.listPodForAllNamespaces());
const policies = follow('/apis/networking.k8s.io/v1/networkpolicies', () =>
  networking.listNetworkPolicyForAllNamespaces(),
);
await Promise.all([namespaces, pods, policies].map((informer) => informer.start()));
await enforce();
console.log('policies: in force');

type Followed<T extends KubernetesObject> = Informer<T> & ObjectCache<T>;

function follow<T extends KubernetesObject>(
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
): Followed<T> {
  const informer = makeInformer(config, path, list);
  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, () => void enforce());
  // Its watch ends now and then, and when the API server goes: what is in force stays so until it is back.
  informer.on('error', () => setTimeout(() => void informer.start().catch(() => {}), 500));
  return informer;
}

/** Once at a time; what changes meanwhile is taken up right after. */
async function enforce(): Promise<void> {
  due = true;
  if (atWork) return;
  atWork = true;
  while (due) {
    due = false;
    await load(
      policyRuleset({ namespaces: namespaces.list(), pods: pods.list(), policies: policies.list() }),
    ).catch((error: unknown) => console.error('policies:', error));
  }
  atWork = false;
}

function load(ruleset: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(nft, ['-f', '-'], (error) => (error ? reject(error) : resolve()));
    child.stdin?.end(ruleset);
  });
}
