import { createServer } from 'node:http';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../../../lab/tls.ts';
import type { SiteFacts } from '../../../src/model/facts.ts';
import { siteIsWell } from '../../../src/steps/verify/site-is-well.ts';
import { openTlsFront } from '../../../src/support/tls-front.ts';
import { openStepContext } from '../../support/step-context.ts';
import { listen } from '../../support/listen.ts';

const ADDRESS = '127.0.0.5';
const WELL = { status: 'OK', database_status: 'OK', filestore_status: 'OK' };

it.each([
  ['passes a site whose parts are all well', 200, WELL, 'passed'],
  ['misses a site whose database is gone', 500, { ...WELL, database_status: 'UNHEALTHY' }, 'missed'],
  ['misses a site that does not say how its file store is', 200, { status: 'OK' }, 'missed'],
])('%s', async (_, status, body, verdict) => {
  expect(await ask(status, body)).toMatchObject({
    id: 'login.site-well',
    verdict,
    ...(verdict === 'missed' && { code: 'SITE_NOT_WELL' }),
  });
});

it('misses a site that nobody answers for', async () => {
  const check = await ask(undefined, {});
  expect(check).toMatchObject({ verdict: 'missed', code: 'SITE_NOT_WELL' });
  expect(check.seen).toContain('502');
});

async function ask(status: number | undefined, body: object) {
  await using folder = await openStepContext();
  const authority = await createCertificateAuthority(path.join(folder.directory, 'tls'));
  const pair = await issueCertificate(authority, { names: ['chat.drill.test'] });
  const site = createServer((_, response) => response.writeHead(status ?? 0).end(JSON.stringify(body)));
  const upstream = { address: '127.0.0.1', port: status === undefined ? 1 : await listen(site) };
  await using front = await openTlsFront({ address: ADDRESS, port: 0, ...pair, upstream });
  await using ctx = await openStepContext({
    config: {
      site: { url: 'https://chat.drill.test' },
      tls: { certificate: pair.certFile, key: pair.keyFile, ca: authority.certFile },
    },
    facts: { site: { address: ADDRESS, port: front.port } as SiteFacts },
  });
  try {
    return await siteIsWell('login', ctx);
  } finally {
    site.close();
    site.closeAllConnections();
  }
}
