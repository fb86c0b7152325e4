import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { seconds } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { isRunning, type ProcessRef } from '../../src/support/processes.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import type { Endpoint } from './index.ts';

export interface AnsweringOptions {
  readonly endpoint: Endpoint;
  readonly zone: string;
  readonly program: string;
  readonly logFile: string;
  readonly running: ProcessRef;
}

/** Waits for the zone's SOA record. Rejects with LAB_FAILED and the end of the server's log. */
export async function waitUntilAnswering({
  endpoint,
  zone,
  program,
  logFile,
  running,
}: AnsweringOptions): Promise<void> {
  const readLog = (): Promise<string> => readFile(logFile, 'utf8').catch(() => '');
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`${endpoint.address}:${endpoint.port}`]);
  const outcome = await waitFor(
    async () => {
      const answered = await resolver.resolveSoa(zone).then(
        () => true,
        () => false,
      );
      if (answered) return 'answers' as const;
      if (!isRunning(running)) return 'ended' as const;
      // BIND goes on running without a zone that it could not read.
      return /not loaded due to errors/.test(await readLog()) ? ('refused' as const) : undefined;
    },
    { timeout: seconds(15) },
  );
  if (outcome === 'answers') return;
  const log = await readLog();
  const what = outcome === undefined ? 'does not answer within 15s' : WHAT[outcome];
  throw new DrillError('LAB_FAILED', `${program} on ${endpoint.address}:${endpoint.port} ${what}`, {
    hint: `Look at the end of ${logFile}.`,
    details: { log: log.trimEnd().split('\n').slice(-3).join(' | ') },
  });
}

const WHAT = { ended: 'ended at once', refused: 'could not load its zone' };

/** A port that is free for both of DNS's protocols. */
export async function findDnsPort(address: string): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await findFreePort([address]);
    if (await isUdpPortFree(port, address)) return port;
  }
  throw new DrillError('PORT_TAKEN', `no port is free for DNS on ${address}`);
}

function isUdpPortFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind(port, address, () => socket.close(() => resolve(true)));
  });
}
