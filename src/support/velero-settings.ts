import type { ClusterFacts } from '../model/facts.ts';
import { addressesIn, isSecretName } from './addresses.ts';
import { damaged, fullName, type KubernetesObject } from './velero-tarball.ts';

/** What a backup of the cluster says about the site. No secret values: plain JSON that may be saved. */
export interface ClusterSettings extends ClusterFacts {
  /** `installation.mattermost.com/v1beta1`, or the older `mattermost.com/v1alpha1`. */
  readonly apiVersion: string;
  /** The operator's size, such as "1000users". */
  readonly size: string | null;
  /** What its servers ask for, "2 × 2 CPU and 4Gi"; "1000users" where the operator decides by size. */
  readonly asksFor: string;
  /** Environment variables that are set and whose values are kept out of here. */
  readonly secretEnvironment: readonly string[];
  readonly configMaps: Readonly<Record<string, readonly string[]>>;
  readonly ingressHosts: readonly string[];
  /** Names of the secrets that the resource refers to. */
  readonly databaseSecret: string | null;
  readonly fileStoreSecret: string | null;
  readonly licenseSecret: string | null;
  readonly fileStore: { readonly url: string; readonly bucket: string } | null;
  /** Where each address was found: `Secret mm-database DB_CONNECTION_STRING`. */
  readonly addressSources: Readonly<Record<string, readonly string[]>>;
}

const MATTERMOST = /^installation\.mattermost\.com\/|^mattermost\.com\//;
const KINDS = ['Mattermost', 'ClusterInstallation'];

/** Rejects with BACKUP_UNREADABLE when there is no Mattermost resource, or more than one to choose from. */
export function readSettings(
  objects: readonly KubernetesObject[],
  where: string,
  namespace?: string,
): ClusterSettings {
  const site = requireSite(objects, where, namespace);
  const within = objects.filter(({ metadata }) => metadata.namespace === site.metadata.namespace);
  const spec = asRecord(site['spec']);
  const environment = environmentOf(spec);
  const database = asRecord(asRecord(spec['database'])['external']);
  const fileStore = asRecord(asRecord(spec['fileStore'])['external']);
  const hosts = ingressHosts(spec, within);
  const sources = collectAddresses(site, hosts, within);
  const visible = environment.filter(({ name, value }) => value !== undefined && !isSecret(name, value));
  return {
    namespace: site.metadata.namespace ?? '',
    name: site.metadata.name,
    apiVersion: site.apiVersion,
    image: text(spec['image']) ?? '',
    version: text(spec['version']) ?? '',
    replicas: typeof spec['replicas'] === 'number' ? spec['replicas'] : null,
    size: text(spec['size']) ?? null,
    asksFor: describeResources(spec),
    siteUrl:
      visible.find(({ name }) => name === 'MM_SERVICESETTINGS_SITEURL')?.value ??
      (hosts[0] ? `https://${hosts[0]}` : null),
    environment: Object.fromEntries(visible.map(({ name, value = '' }) => [name, value])),
    secretEnvironment: environment.filter((entry) => !visible.includes(entry)).map(({ name }) => name),
    secrets: keysOf(within, 'Secret'),
    configMaps: keysOf(within, 'ConfigMap'),
    ingressHosts: hosts,
    databaseSecret: text(database['secret']) ?? text(asRecord(spec['database'])['secret']) ?? null,
    fileStoreSecret: text(fileStore['secret']) ?? text(asRecord(spec['minio'])['secret']) ?? null,
    licenseSecret: text(spec['licenseSecret']) ?? text(spec['mattermostLicenseSecret']) ?? null,
    fileStore:
      text(fileStore['url']) === undefined
        ? null
        : { url: text(fileStore['url']) ?? '', bucket: text(fileStore['bucket']) ?? '' },
    addresses: [...sources.keys()].toSorted(),
    addressSources: Object.fromEntries([...sources].map(([address, found]) => [address, [...found]])),
  };
}

function describeResources(spec: Readonly<Record<string, unknown>>): string {
  const { cpu, memory } = asRecord(asRecord(asRecord(spec['scheduling'])['resources'])['requests']);
  const each = [cpu === undefined ? '' : `${String(cpu)} CPU`, memory].filter(Boolean).join(' and ');
  const { replicas } = spec;
  return typeof replicas === 'number' && each !== ''
    ? `${replicas} × ${each}`
    : (text(spec['size']) ?? 'no certain resources');
}

function requireSite(
  objects: readonly KubernetesObject[],
  where: string,
  namespace: string | undefined,
): KubernetesObject {
  const sites = objects.filter(
    (object) => isSite(object) && (namespace === undefined || object.metadata.namespace === namespace),
  );
  const [site, another] = sites;
  const wanted = namespace === undefined ? '' : ` for namespace "${namespace}"`;
  if (!site) {
    throw damaged(`${where} holds no Mattermost resource${wanted}, only ${objects.length} other objects`, {
      kinds: [...new Set(objects.map(({ kind }) => kind))].toSorted().join(', '),
    });
  }
  if (another) {
    throw damaged(`${where} holds ${sites.length} Mattermost resources${wanted}, and 1 was wanted`, {
      found: sites.map(fullName).join(', '),
    });
  }
  return site;
}

function isSite({ apiVersion, kind }: KubernetesObject): boolean {
  return MATTERMOST.test(apiVersion) && KINDS.includes(kind);
}

interface EnvironmentEntry {
  readonly name: string;
  /** Undefined when it comes from a secret or a config map. */
  readonly value: string | undefined;
}

function environmentOf(spec: Readonly<Record<string, unknown>>): EnvironmentEntry[] {
  return asArray(spec['mattermostEnv']).flatMap((entry) => {
    const { name, value } = asRecord(entry);
    return typeof name === 'string' ? [{ name, value: text(value) }] : [];
  });
}

function ingressHosts(
  spec: Readonly<Record<string, unknown>>,
  within: readonly KubernetesObject[],
): string[] {
  const ingress = asRecord(spec['ingress']);
  const own = [
    ingress['host'],
    spec['ingressName'],
    ...asArray(ingress['hosts']).map((host) => asRecord(host)['hostName']),
  ];
  const rules = within
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap((object) => asArray(asRecord(object['spec'])['rules']).map((rule) => asRecord(rule)['host']));
  return [
    ...new Set([...own, ...rules].filter((host) => typeof host === 'string' && host !== '')),
  ] as string[];
}

/** Address → where it stands. Secrets are looked into, and only the addresses in them come out. */
function collectAddresses(
  site: KubernetesObject,
  hosts: readonly string[],
  within: readonly KubernetesObject[],
): Map<string, Set<string>> {
  const sources = new Map<string, Set<string>>();
  const add = (address: string, source: string) => {
    sources.set(address, (sources.get(address) ?? new Set()).add(source));
  };
  const spec = asRecord(site['spec']);
  for (const host of hosts) add(host, 'Ingress');
  const fileStore = text(asRecord(asRecord(spec['fileStore'])['external'])['url']);
  for (const address of addressesIn(fileStore ?? '', 'url'))
    add(address, `${site.kind} ${site.metadata.name} fileStore`);
  for (const { name, value = '' } of environmentOf(spec)) {
    for (const address of addressesIn(value, name))
      add(address, `${site.kind} ${site.metadata.name} ${name}`);
  }
  for (const object of within) {
    const entries =
      object.kind === 'Secret' ? decoded(object) : object.kind === 'ConfigMap' ? plain(object) : [];
    for (const [key, value] of entries) {
      for (const address of addressesIn(value, key))
        add(address, `${object.kind} ${object.metadata.name} ${key}`);
    }
    if (object.kind !== 'Service' && object.kind !== 'Ingress') continue;
    for (const point of asArray(asRecord(asRecord(object['status'])['loadBalancer'])['ingress'])) {
      for (const address of [asRecord(point)['hostname'], asRecord(point)['ip']]) {
        if (typeof address === 'string') add(address, `${object.kind} ${object.metadata.name} load balancer`);
      }
    }
  }
  return sources;
}

function keysOf(within: readonly KubernetesObject[], kind: string): Record<string, string[]> {
  const found = within.filter((object) => object.kind === kind);
  return Object.fromEntries(
    found.map((object) => [object.metadata.name, Object.keys(asRecord(object['data'])).toSorted()]),
  );
}

function decoded(secret: KubernetesObject): [key: string, value: string][] {
  return plain(secret).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
}

function plain(object: KubernetesObject): [key: string, value: string][] {
  return Object.entries(asRecord(object['data'])).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value]] : [],
  );
}

export function isSecret(name: string, value: string): boolean {
  return isSecretName(name) || /:\/\/[^/\s:@]+:[^/\s@]+@/.test(value);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
