import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../../../lab/tls.ts';
import { requireReachable } from '../../../src/providers/identity/examine.ts';
import { openIdentityProvider } from '../../../src/providers/identity/index.ts';
import type { IdentityProvider, ReachOptions } from '../../../src/providers/identity/contract.ts';
import { itIsAnIdentityProvider } from '../../contracts/identity-provider.contract.ts';
import { CLIENT, startTestIdentity, type TestIdentity } from '../../lab/test-identity.ts';

let idp: TestIdentity;
beforeAll(async () => {
  idp = await startTestIdentity();
}, 30_000);
afterAll(() => idp.stop());

const reach = (): ReachOptions => ({ siteUrl: CLIENT.site, ca: idp.ca, lookup: async () => idp.address });
const settings = { clientSecret: { env: 'UNUSED' }, pages: 'generic' } as const;

describe('a GitLab-style provider', () => {
  const open = ({ clientId = CLIENT.clientId } = {}): Promise<IdentityProvider> => {
    const { authorizationUrl, tokenUrl, userInfoUrl } = idp;
    return openIdentityProvider({
      kind: 'gitlab',
      authorizationUrl,
      tokenUrl,
      userInfoUrl,
      clientId,
      ...settings,
    });
  };
  itIsAnIdentityProvider({ open, reach });

  it('knows the signing keys where it has a discovery document', async () => {
    const { authorizationUrl, tokenUrl, userInfoUrl, discoveryUrl } = idp;
    const urls = { authorizationUrl, tokenUrl, userInfoUrl, discoveryUrl };
    const provider = await openIdentityProvider({
      kind: 'gitlab',
      ...urls,
      clientId: CLIENT.clientId,
      ...settings,
    });
    const { keys } = await provider.examine(reach());
    expect(keys).toEqual([{ thumbprint: expect.stringMatching(/^[\w-]{43}$/) }]);
    expect((await (await open()).examine(reach())).keys).toBeUndefined();
  });

  it('asks Mattermost for no scope, above all not for openid', async () => {
    const environment = (await open()).mattermostEnvironment('x');
    expect(environment['MM_GITLABSETTINGS_SCOPE']).toBe('');
    expect(environment['MM_GITLABSETTINGS_USERAPIENDPOINT']).toBe(idp.userInfoUrl);
  });

  it('is not asked over plain http', async () => {
    const { tokenUrl, userInfoUrl } = idp;
    const urls = { authorizationUrl: 'http://127.0.0.1:1/oauth/authorize', tokenUrl, userInfoUrl };
    const provider = await openIdentityProvider({ kind: 'gitlab', ...urls, clientId: 'x', ...settings });
    const { problems } = await provider.examine(reach());
    expect(problems['sign-in']).toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      message: expect.stringContaining('not https'),
    });
  });
});

describe('an OpenID provider', () => {
  const open = ({ clientId = CLIENT.clientId } = {}): Promise<IdentityProvider> =>
    openIdentityProvider({ kind: 'openid', discoveryUrl: idp.discoveryUrl, clientId, ...settings });
  itIsAnIdentityProvider({ open, reach });
});

describe('an OpenID provider that is not in order', () => {
  let server: Server;
  let answer: { status: number; body: string };
  let discoveryUrl: string;
  let ca: Buffer;
  beforeAll(async () => {
    const authority = await createCertificateAuthority(path.join(idp.directory, 'other'));
    const past = { validFrom: new Date('2020-01-01'), validUntil: new Date('2021-01-01') };
    const good = await issueCertificate(authority, { file: 'good', names: [], addresses: ['127.0.0.1'] });
    const expired = await issueCertificate(authority, {
      file: 'expired',
      names: ['expired.drill.test'],
      ...past,
    });
    const other = await issueCertificate(authority, { file: 'other', names: ['other.drill.test'] });
    ca = await readFile(authority.certFile);
    server = createServer(await read(good), (_request, response) =>
      response.writeHead(answer.status).end(answer.body),
    );
    server.addContext('expired.drill.test', await read(expired));
    server.addContext('wrong.drill.test', await read(other));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    discoveryUrl = `https://127.0.0.1:${(server.address() as { port: number }).port}/.well-known/openid-configuration`;
  });
  afterAll(() => void server.close());

  it.each([
    ['answers 503', { status: 503, body: '' }, 'answers 503 instead of 200'],
    ['answers with a web page', { status: 200, body: '<html>' }, 'discovery document is not JSON'],
    [
      'leaves the keys out',
      { status: 200, body: '{"issuer":"i","authorization_endpoint":"a","token_endpoint":"t"}' },
      'no "jwks_uri"',
    ],
    [
      'is somebody else',
      {
        status: 200,
        body: '{"issuer":"https://evil.test","authorization_endpoint":"a","token_endpoint":"t","jwks_uri":"j"}',
      },
      'another issuer, https://evil.test',
    ],
  ])('is refused when it %s', async (_what, given, message) => {
    answer = given;
    await expect(verify(discoveryUrl)).rejects.toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      message: expect.stringContaining(message),
    });
  });

  it('is refused when its certificate has expired', async () => {
    const url = discoveryUrl.replace('127.0.0.1', 'expired.drill.test');
    await expect(verify(url)).rejects.toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      message: expect.stringContaining('has expired'),
    });
  });

  it('is refused when its certificate is for another name', async () => {
    const url = discoveryUrl.replace('127.0.0.1', 'wrong.drill.test');
    await expect(verify(url)).rejects.toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      message: expect.stringContaining('for another name'),
    });
  });

  async function verify(url: string): Promise<void> {
    const provider = await openIdentityProvider({
      kind: 'openid',
      discoveryUrl: url,
      clientId: 'x',
      ...settings,
    });
    requireReachable(await provider.examine({ siteUrl: CLIENT.site, ca, lookup: async () => '127.0.0.1' }));
  }

  async function read({ certFile, keyFile }: { certFile: string; keyFile: string }) {
    return { cert: await readFile(certFile), key: await readFile(keyFile) };
  }
});
