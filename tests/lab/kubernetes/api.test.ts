import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openApi } from '../../../lab/kubernetes/api.ts';
import { createCertificateAuthority, issueCertificate } from '../../../lab/tls.ts';
import { DEFINITION } from '../../../lab/velero/definition.ts';

const GROUPS: Readonly<Record<string, object[]>> = {
  '/apis/apiextensions.k8s.io/v1': [
    { name: 'customresourcedefinitions', kind: 'CustomResourceDefinition' },
    { name: 'customresourcedefinitions/status', kind: 'CustomResourceDefinition' },
  ],
  '/api/v1': [{ name: 'secrets', kind: 'Secret' }],
};

let directory: string;
let server: Server;
let kubeconfig: string;
let asked: { method: string; url: string; type: string | undefined; body: string }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-lab-api-'));
  const authority = await createCertificateAuthority(directory);
  const { certFile, keyFile } = await issueCertificate(authority, { names: [], addresses: ['127.0.0.1'] });
  server = createServer({ cert: await readFile(certFile), key: await readFile(keyFile) }, (req, res) => {
    const { method = '', url = '', headers } = req;
    void text(req).then((body) => {
      if (GROUPS[url]) return res.end(JSON.stringify({ resources: GROUPS[url] }));
      asked.push({ method, url, type: headers['content-type'], body });
      const isThere = !url.endsWith('/absent') && !url.endsWith('/forbidden');
      if (!isThere) res.statusCode = url.endsWith('/absent') ? 404 : 403;
      return res.end(isThere ? JSON.stringify({ items: [{ metadata: { name: 'one' } }] }) : 'no');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  kubeconfig = path.join(directory, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  const name = 'lab';
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [
        {
          name,
          cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': authority.certFile },
        },
      ],
      users: [{ name, user: { token: 'a-token' } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    }),
  );
});
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  asked = [];
});

it('applies an object as it is, under its own name and as the one who has the last word', async () => {
  await openApi({ kubeconfig, manager: 'somebody' }).apply(DEFINITION);
  const { body, ...request } = asked[0] ?? { body: '' };
  const place = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  expect(request).toEqual({
    method: 'PATCH',
    url: `${place}/mattermosts.installation.mattermost.com?fieldManager=somebody&force=true`,
    type: 'application/apply-patch+yaml',
  });
  // The client's own types call a field of this object otherwise, and would drop it.
  expect(JSON.parse(body)).toEqual(DEFINITION);
});

it('finds nothing where there is nothing, and does not take a refusal for that', async () => {
  const api = openApi({ kubeconfig });
  expect(await api.find('v1', 'Secret', 'absent', 'mattermost')).toBeUndefined();
  await expect(api.find('v1', 'Secret', 'forbidden', 'mattermost')).rejects.toThrow(
    'the API server says 403: no',
  );
});

it('tells of what is in a list what it is', async () => {
  const api = openApi({ kubeconfig });
  expect(await api.list('v1', 'Secret', 'mattermost')).toEqual([
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one' } },
  ]);
  await api.list('v1', 'Secret');
  expect(asked.map(({ url }) => url)).toEqual(['/api/v1/namespaces/mattermost/secrets', '/api/v1/secrets']);
});

it('says which kind a cluster does not know', async () => {
  await expect(openApi({ kubeconfig }).list('v1', 'Mattermost')).rejects.toThrow(
    'the cluster knows no Mattermost in /api/v1',
  );
});
