import { readFile } from 'node:fs/promises';
import type { Config } from '../../src/model/config.ts';
import { openDnsZone } from '../../src/providers/dns/index.ts';
import { stopProcess } from '../../src/support/processes.ts';
import { startResolver } from '../dns/resolver.ts';
import type { LabGround } from '../sabotages/sabotage.ts';

/**
 * For a sabotage's `settings`: clients ask a resolver of this drill alone, with lines of its own in Unbound's `server:`
 * section. What it remembers is gone afterwards, and the lab's own resolvers never heard of it.
 */
export async function askOwnResolver(
  config: Config,
  on: LabGround,
  settings: readonly string[] = [],
): Promise<Config> {
  const { dns } = config;
  if (dns.kind !== 'rfc2136') throw new TypeError("the lab's zone takes updates");
  const [, address = '', port] = /^(.+):(\d+)$/.exec(dns.server) ?? [];
  const resolver = await startResolver({
    directory: on.workFolder,
    zone: dns.zone,
    address: '127.0.0.9',
    authoritative: { address, port: Number(port) },
    ttl: dns.ttl,
    settings,
    onStart: (process) => on.afterwards(() => stopProcess(process)),
  });
  return { ...config, dns: { ...dns, resolvers: [`${resolver.address}:${resolver.port}`] } };
}

/** Changes the lab's zone behind everybody's back, and puts the record back afterwards. */
export async function changeRecord(
  { dns }: Config,
  on: LabGround,
  { address, ttl = 2, putBack }: { address: string | null; ttl?: number; putBack: string },
): Promise<void> {
  if (dns.kind !== 'rfc2136') throw new TypeError("the lab's zone takes updates");
  const { name } = dns;
  const update = async (target: string | null, seconds: number) => {
    const { secret } = dns.key;
    if (!('file' in secret)) throw new TypeError('the lab keeps its secrets in files');
    const keySecret = (await readFile(secret.file, 'utf8')).trim();
    await using zone = await openDnsZone(dns, { keySecret });
    if (target === null) await zone.remove(name);
    else await zone.point(name, target, { ttl: seconds });
  };
  on.afterwards(() => update(putBack, dns.ttl));
  await update(address, ttl);
}
