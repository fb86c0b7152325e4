import type { ConfigInput } from '../../src/model/config.ts';
import { formatEndpoint } from '../../src/support/endpoint.ts';
import type { TestDns } from '../lab/test-dns.ts';

/** The environment variable that the key's secret is taken from. */
export const DNS_KEY = 'MUSTER_TEST_DNS_KEY';

type ZoneConfig = Extract<ConfigInput['dns'], { kind: 'rfc2136' }>;

/** The `dns` section for chat.drill.test in the zone of this server: a name of the drill's own. */
export function zoneConfig(dns: TestDns, changes: Partial<ZoneConfig> = {}): ZoneConfig {
  return {
    kind: 'rfc2136',
    server: formatEndpoint(dns.authoritative),
    zone: 'drill.test',
    name: 'chat.drill.test',
    ttl: 1,
    key: { name: dns.keyName, algorithm: dns.algorithm, secret: { env: DNS_KEY } },
    resolvers: dns.resolvers.map(formatEndpoint),
    servesProduction: false,
    ...changes,
  };
}
