import { execa } from 'execa';
import type { Config } from '../../src/model/config.ts';
import { stopProcess } from '../../src/support/processes.ts';
import { requireTool } from '../../src/support/tools.ts';
import path from 'node:path';
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
  const { name, server, zone } = dns;
  const nsupdate = await requireTool('nsupdate');
  const update = async (target: string | null, seconds: number) => {
    const lines = [
      `server ${server.replace(/:(\d+)$/, ' $1')}`,
      `zone ${zone}`,
      `update delete ${name} A`,
      ...(target === null ? [] : [`update add ${name} ${seconds} A ${target}`]),
      'send',
    ];
    await execa(nsupdate, ['-k', path.join(on.directory, 'dns', 'drill.key')], {
      input: `${lines.join('\n')}\n`,
    });
  };
  on.afterwards(() => update(putBack, dns.ttl));
  await update(address, ttl);
}
