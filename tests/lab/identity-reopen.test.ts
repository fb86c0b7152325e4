import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { reopenIdentityProvider, type IdentityChange } from '../../lab/identity/index.ts';
import { createCertificateAuthority, issueCertificate, type Validity } from '../../lab/tls.ts';
import { days, minutes } from '../../src/model/duration.ts';
import { openIdentityProvider } from '../../src/providers/identity/index.ts';
import { judgeProvider } from '../../src/steps/identity/judge-provider.ts';
import { stopProcess, type ProcessRef } from '../../src/support/processes.ts';
import { openStepContext } from '../support/step-context.ts';
import { CLIENT, startTestIdentity, type TestIdentity } from './test-identity.ts';

let idp: TestIdentity;
let running: ProcessRef;
beforeAll(async () => {
  idp = await startTestIdentity();
  running = idp.process;
}, 30_000);
afterEach(() => reopen());
afterAll(async () => {
  await stopProcess(running);
  await idp.stop();
});

it('comes back as it was', async () => {
  await reopen();
  expect(await judge()).toEqual([]);
});

it.each<[string, Validity, string]>([
  [
    'has expired',
    { validFrom: new Date('2020-01-01'), validUntil: new Date('2021-01-01') },
    'CERTIFICATE_EXPIRED',
  ],
  ['is about to expire', { validUntil: new Date(Date.now() + days(3)) }, 'CERTIFICATE_EXPIRES'],
  ['is not valid yet', { validFrom: new Date(Date.now() + days(3)) }, 'CERTIFICATE_NOT_YET_VALID'],
])('comes back with a certificate that %s', async (_what, validity, code) => {
  const directory = path.join(idp.directory, 'tls');
  const authority = { directory, certFile: idp.caFile, keyFile: path.join(directory, 'ca.key') };
  await reopen({
    tls: await issueCertificate(authority, { file: 'other', names: ['sso.drill.test'], ...validity }),
  });
  expect(await judge()).toContain(`identity.certificate missed ${code}`);
});

it('comes back with a certificate of an authority that nobody knows', async () => {
  const stranger = await createCertificateAuthority(path.join(idp.directory, 'stranger'));
  await reopen({ tls: await issueCertificate(stranger, { names: ['sso.drill.test'] }) });
  expect(await judge()).toEqual([
    'identity.reachable missed IDP_UNREACHABLE',
    'identity.certificate missed CERTIFICATE_UNTRUSTED',
    'identity.clock unverified IDP_UNREACHABLE',
    'identity.metadata unverified IDP_UNREACHABLE',
    'identity.keys unverified IDP_UNREACHABLE',
    'identity.known-keys unverified IDP_UNREACHABLE',
  ]);
});

it.each<[string, IdentityChange, readonly string[]]>([
  ['other keys', { newSigningKeys: true }, ['identity.known-keys missed KEYS_CHANGED']],
  ['a clock that is ahead', { clockAhead: minutes(4) }, ['identity.clock missed CLOCK_SKEW']],
  [
    'the name of another',
    { issuer: 'https://old-sso.drill.test' },
    [
      'identity.reachable missed IDP_UNREACHABLE',
      'identity.metadata missed METADATA_INCONSISTENT',
      'identity.keys unverified IDP_UNREACHABLE',
      'identity.known-keys unverified IDP_UNREACHABLE',
    ],
  ],
])('comes back with %s, which nobody would notice who signs in', async (_what, change, found) => {
  await reopen(change);
  expect(await judge()).toEqual(found);
});

async function reopen(change?: IdentityChange): Promise<void> {
  await stopProcess(running);
  running = await reopenIdentityProvider(path.join(idp.directory, 'secondary'), change);
}

/** What a preflight would not let pass. */
async function judge(): Promise<readonly string[]> {
  const secondary = {
    kind: 'gitlab' as const,
    authorizationUrl: idp.authorizationUrl,
    tokenUrl: idp.tokenUrl,
    userInfoUrl: idp.userInfoUrl,
    discoveryUrl: idp.discoveryUrl,
    clientId: CLIENT.clientId,
    clientSecret: { env: 'MUSTER_TEST_UNSET' },
    keys: [...idp.keyThumbprints],
  };
  await using ctx = await openStepContext({
    config: { identity: { secondary, primary: { hosts: ['login.drill.test'] } } },
  });
  const provider = await openIdentityProvider(ctx.config.identity.secondary);
  const examination = await provider.examine({
    siteUrl: CLIENT.site,
    ca: idp.ca,
    lookup: async () => idp.address,
  });
  return judgeProvider(examination, ctx.config, new Date()).flatMap(({ id, verdict, code }) =>
    verdict === 'passed' ? [] : [`${id} ${verdict} ${code}`],
  );
}
