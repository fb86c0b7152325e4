import { isIP } from 'node:net';
import type { Config } from '../../../model/config.ts';
import type { ClusterFacts } from '../../../model/facts.ts';
import { addressesIn } from '../../../support/addresses.ts';
import { matchesHost } from '../../../support/host-patterns.ts';
import { NOWHERE } from './hazards.ts';

/** What is looked for in everything that a restored server reads, and how to find it in a text. */
export interface ProductionAddresses {
  readonly patterns: readonly string[];
  /** Every address of production in the text, as it stands there. */
  find(text: string): readonly string[];
  /** The text with each of them put out of reach. */
  replace(text: string): string;
}

/**
 * Collects production's addresses: those that the operator names, those that the cluster's backup and the restored
 * configuration point at, and the primary identity provider. The name that the drill switches is the scratch's own from
 * then on, and what the secondary provider needs is meant to be reached: neither is a finding.
 */
export function collectProductionAddresses(
  config: Pick<Config, 'site' | 'identity' | 'dns'>,
  cluster: Pick<ClusterFacts, 'addresses'> | undefined,
  configurations: readonly unknown[],
): ProductionAddresses {
  const { site, identity, dns } = config;
  const named = [...site.production.hosts, ...identity.primary.hosts];
  const ours = [new URL(site.url).hostname, dns.name, ...hostsOf(identity.secondary), NOWHERE];
  const allowed = ours
    .map((host) => host.toLowerCase())
    .filter((host) => !matchesHost(host, identity.primary.hosts));
  const discovered = [
    ...(cluster?.addresses ?? []),
    ...configurations.flatMap((configuration) => addressesDialled(configuration)),
  ]
    // The host is what production is known by: another port of it is production too.
    .map((address) => address.replace(/:\d+$/, ''))
    .filter((host) => !isHarmless(host));
  const patterns = [
    ...new Set([...named, ...discovered].map((host) => host.toLowerCase().replace(/\.$/, ''))),
  ]
    .filter((host) => host !== '' && !allowed.includes(host))
    .toSorted();
  return matcher(patterns, allowed);
}

/** Finds hosts as whole words: `aurora.example` is neither in `aurora.example.org` nor in `my-aurora.example`. */
export function matcher(patterns: readonly string[], allowed: readonly string[] = []): ProductionAddresses {
  const alternatives = patterns
    // The longer first, or a wildcard's parent would hide it.
    .toSorted((a, b) => b.length - a.length)
    .map((pattern) =>
      pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/^\*\\\./, '(?:[a-z0-9_-]+\\.)+'),
    );
  const expression =
    patterns.length === 0
      ? /(?!)/g
      : new RegExp(`(?<![a-z0-9_.-])(?:${alternatives.join('|')})(?![a-z0-9_-]|\\.[a-z0-9])`, 'gi');
  const isAllowed = (host: string) => allowed.includes(host.toLowerCase());
  return {
    patterns,
    find: (text) => [...text.matchAll(expression)].map(([host]) => host).filter((host) => !isAllowed(host)),
    replace: (text) => text.replaceAll(expression, (host) => (isAllowed(host) ? host : NOWHERE)),
  };
}

/** Settings that name what a server dials by itself, whatever a user does. */
const DIALLED =
  /^(SqlSettings\.(DataSource|DataSourceReplicas|DataSourceSearchReplicas|ReplicaLagSettings)|FileSettings\.(Export)?AmazonS3Endpoint|EmailSettings\.(SMTPServer|PushNotificationServer)|LdapSettings\.LdapServer|ElasticsearchSettings\.ConnectionURL|CacheSettings\.RedisAddress|ImageProxySettings\.RemoteImageProxyURL|(GitLab|Google|Office365|OpenId)Settings\.(AuthEndpoint|TokenEndpoint|UserAPIEndpoint|DiscoveryEndpoint)|SamlSettings\.(IdpURL|IdpDescriptorURL|IdpMetadataURL)|ServiceSettings\.(SiteURL|WebsocketURL)|(Log|NotificationLog|ExperimentalAudit)Settings\.AdvancedLoggingJSON|MessageExportSettings\.)/;

/** Defaults that every installation carries. They belong to nobody's production. */
const PUBLIC = [
  ...['s3.amazonaws.com', 'accounts.google.com', 'www.googleapis.com', 'people.googleapis.com'],
  ...['login.microsoftonline.com', 'graph.microsoft.com', 'push-test.mattermost.com'],
];

/** Hosts that a server with this configuration dials by itself. */
export function addressesDialled(configuration: unknown): string[] {
  return leaves(configuration)
    .filter(({ path }) => DIALLED.test(path))
    .flatMap(({ path, value }) => addressesIn(value, path));
}

/** Every text in a JSON document, with its path: `SqlSettings.DataSource`. */
export function leaves(value: unknown, path = ''): { readonly path: string; readonly value: string }[] {
  if (typeof value === 'string') return [{ path, value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, path === '' ? key : `${path}.${key}`));
}

/** Loopback, the defaults of every installation, and names that never resolve. */
export function isHarmless(host: string): boolean {
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return loopback || PUBLIC.includes(host) || host.endsWith('.invalid') || host.endsWith('.localhost');
}

function hostsOf(secondary: Config['identity']['secondary']): string[] {
  const urls =
    secondary.kind === 'gitlab'
      ? [secondary.authorizationUrl, secondary.tokenUrl, secondary.userInfoUrl, secondary.discoveryUrl]
      : [secondary.discoveryUrl];
  return urls.flatMap((url) => (url === undefined ? [] : [new URL(url).hostname]));
}
