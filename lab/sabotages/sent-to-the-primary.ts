import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { ROUTES } from '../identity/config.ts';
import type { RunningSite } from './sabotage.ts';

/**
 * The primary IdP answers again, and whoever comes to the site is sent there: as a setting that came with the backup
 * and won would have it.
 */
export async function sendEverybodyToThePrimary(site: RunningSite): Promise<void> {
  const { config, facts, identity, afterwards } = site;
  await identity.primary.reopen();
  await site.end('scratch TLS front');
  const { certificate, key } = config.tls;
  const location = new URL(ROUTES.authorization, config.identity.primary.url).href;
  const front = createServer(
    { cert: await readFile(certificate), key: await readFile(key) },
    (_request, response) => void response.writeHead(302, { location }).end(),
  );
  afterwards(async () => {
    front.close();
    front.closeAllConnections();
  });
  front.listen(facts.site?.port, facts.site?.address);
  await once(front, 'listening');
}
