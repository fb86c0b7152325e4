import { execFile } from 'node:child_process';
import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  makeInformer,
  type Informer,
  type KubernetesListObject,
  type KubernetesObject,
  type ObjectCache,
} from '@kubernetes/client-node';
import { policyRuleset, type RawNetworkPolicy } from './ruleset.ts';

/**
 * Puts a cluster's NetworkPolicies into force in the network namespace that it runs in, and keeps them so:
 * `KUBECONFIG=FILE node main.ts NFT`.
 */
const [nft = ''] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const custom = config.makeApiClient(CustomObjectsApi);

let due = false;
let atWork = false;

const namespaces = follow('/api/v1/namespaces', () => core.listNamespace());
const pods = follow('/api/v1/pods', () => core.listPodForAllNamespaces());
// As they are: in the client's own type the `from` of a policy has another name, and what it watches has not.
const policies = follow<RawNetworkPolicy>(
  '/apis/networking.k8s.io/v1/networkpolicies',
  () =>
    custom.listClusterCustomObject({
      group: 'networking.k8s.io',
      version: 'v1',
      plural: 'networkpolicies',
    }) as Promise<KubernetesListObject<RawNetworkPolicy>>,
);
await Promise.all([namespaces.start(), pods.start(), policies.start()]);
// Only now: pods without the policies that speak of them would be let through.
namespaces.on('change', () => void enforce());
pods.on('change', () => void enforce());
policies.on('change', () => void enforce());
await enforce();
console.log('policies: in force');

type Followed<T extends KubernetesObject> = Informer<T> & ObjectCache<T>;

function follow<T extends KubernetesObject>(
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
): Followed<T> {
  const informer = makeInformer(config, path, list);
  // Its watch ends now and then, and when the API server goes: what is in force stays so until it is back.
  const restart = () => void setTimeout(() => informer.start().catch(restart), 500);
  informer.on('error', restart);
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
