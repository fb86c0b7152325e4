import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import type { StepContext } from '../../../model/drill.ts';
import { seconds } from '../../../model/duration.ts';
import type { NamespaceNetwork, ProxyNetwork, ApplicationProcess } from '../../../model/facts.ts';
import { MAY_READ } from '../../../providers/application/unprivileged-account.ts';
import { enter, readSnapshot } from '../../../support/scratch-network/enter.ts';
import type { Snapshot } from '../../../support/scratch-network/warden.ts';
import { requireTool } from '../../../support/tools.ts';
import { waitFor } from '../../../support/wait-for.ts';

const KNOCK = path.join(import.meta.dirname, '..', '..', '..', 'support', 'scratch-network', 'knock.ts');

export interface Proof {
  /** What of our own attempts was not counted; empty when the counter counts. */
  readonly missing: readonly string[];
  /** What was counted, without them. */
  readonly snapshot: Snapshot;
}

/** Tries to leave as the application would, under its user id, and looks whether that is counted. */
export async function proveCounting(
  ctx: StepContext,
  network: NamespaceNetwork,
  { uid }: ApplicationProcess,
): Promise<Proof> {
  const mark = randomBytes(4);
  // Names and addresses for documentation (RFC 2606, 3849 and 5737): nobody else asks for these.
  const name = `muster-${mark.toString('hex')}.example`;
  const ipv6 = `2001:db8::${mark.readUInt16BE(0).toString(16)}:${mark.readUInt16BE(2).toString(16)}`;
  const ipv4 = `203.0.113.${mark[3]}`;
  const port = 1024 + (mark.readUInt16BE(0) % 60_000);

  const knock = [process.execPath, KNOCK, name, ipv6, ipv4, String(port)];
  const [command = '', ...args] =
    process.getuid?.() === 0
      ? [await requireTool('setpriv'), `--reuid=${uid}`, '--clear-groups', ...MAY_READ, ...knock]
      : knock;
  const entered = await enter(network, { command, args });
  await ctx.exec(entered.command, entered.args);

  const all = await readSnapshot(network);
  const nameAt = Object.entries(all.names).find(([, given]) => given === name)?.[0];
  const wanted = [
    { what: 'a connection to a name', address: nameAt, protocol: 'tcp' },
    { what: 'a connection by IPv6', address: normalise(ipv6), protocol: 'tcp' },
    { what: 'a datagram', address: ipv4, protocol: 'udp' },
  ];
  const isOurs = (one: Snapshot['attempts'][number]) =>
    one.port === port && wanted.some(({ address }) => normalise(one.address) === address);
  const found = all.attempts.filter((one) => isOurs(one) && one.uid === uid);
  const { [name]: _, ...asked } = all.asked;
  return {
    missing: wanted
      .filter(
        (one) =>
          !found.some(
            ({ address, protocol }) => normalise(address) === one.address && protocol === one.protocol,
          ),
      )
      .map(({ what }) => what),
    snapshot: { ...all, asked, attempts: all.attempts.filter((one) => !isOurs(one)) },
  };
}

/** Leading zeros of a group are written by some and not by others. */
const normalise = (address: string): string => address.toLowerCase().replaceAll(/(^|:)0+(?=[0-9a-f])/g, '$1');

/** Asks the proxy for somewhere, and looks whether it wrote that down. */
export async function proveProxy(
  { url, logFile }: Pick<ProxyNetwork, 'url' | 'logFile'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const name = `muster-${randomBytes(4).toString('hex')}.example`;
  const { hostname, port } = new URL(url);
  await new Promise<void>((resolve) => {
    const asking = request({ host: hostname, port, method: 'CONNECT', path: `${name}:443`, timeout: 5_000 });
    for (const event of ['connect', 'response', 'error', 'timeout'])
      asking.once(event, () => {
        asking.destroy();
        resolve();
      });
    asking.end();
  });
  // It answers at once, and another process reads what it writes beside that.
  const written = await waitFor(
    async () => (await readFile(logFile, 'utf8').catch(() => '')).includes(name) || undefined,
    { timeout: seconds(2), interval: 20, signal },
  );
  return written ? [] : ['a request to the proxy'];
}
