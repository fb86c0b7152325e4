import type { Config } from '../../src/model/config.ts';
import { findFreePort } from '../../src/support/ports.ts';
import type { LabGround } from '../sabotages/sabotage.ts';
import { openMeddlingFront, type Answer, type Meddling } from './meddling-front.ts';

/**
 * For a sabotage's `settings`: puts somebody who meddles where users reach the site, and the site's own front on a port
 * behind. The drill's questions about the site itself go there, as a load balancer's would.
 */
export async function meddle(config: Config, on: LabGround, meddling: Meddling): Promise<Config> {
  const { scratch, site, tls } = config;
  const upstream = { address: scratch.address, port: await findFreePort([scratch.address]) };
  const { port } = new URL(site.url);
  const front = await openMeddlingFront({
    address: scratch.address,
    port: Number(port),
    tls,
    upstream,
    meddling,
  });
  on.afterwards(async () => front[Symbol.asyncDispose]());
  return { ...config, scratch: { ...scratch, port: upstream.port } };
}

/** As Mattermost says it. */
export function refusal(status: number, id: string): Answer {
  const body = { id, message: 'Meddled with', detailed_error: '', request_id: '', status_code: status };
  return { status, body: Buffer.from(JSON.stringify(body)) };
}
