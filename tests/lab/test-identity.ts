import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  startIdentityProvider,
  type IdentityUser,
  type LabIdentityProvider,
} from '../../lab/identity/index.ts';
import { createCertificateAuthority, issueCertificate, type Validity } from '../../lab/tls.ts';
import { findFreePort } from '../../src/support/ports.ts';

export const CLIENT = {
  clientId: 'mattermost',
  clientSecret: 'client-secret-of-the-test',
  site: 'https://chat.drill.test:8443',
};

export const USERS: readonly IdentityUser[] = [
  user(1001, 'alice', { totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }),
  user(1002, 'bob', { totpSecret: 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU' }),
  user(1003, 'carol', { disabled: true }),
  user(1004, 'dave'),
];

export interface TestIdentity extends LabIdentityProvider {
  readonly address: string;
  readonly directory: string;
  readonly caFile: string;
  readonly ca: Buffer;
}

/** A secondary identity provider in a folder of its own, which `stop` removes. */
export async function startTestIdentity(validity: Validity = {}): Promise<TestIdentity> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-test-identity-'));
  const authority = await createCertificateAuthority(path.join(directory, 'tls'));
  const tls = await issueCertificate(authority, { names: ['sso.drill.test'], ...validity });
  const address = '127.0.0.8';
  const started = await startIdentityProvider({
    name: 'Secondary sign-on',
    directory: path.join(directory, 'secondary'),
    issuer: `https://sso.drill.test:${await findFreePort([address])}`,
    address,
    tls,
    caFile: authority.certFile,
    users: USERS,
    clients: [
      {
        ...CLIENT,
        redirectUris: [`${CLIENT.site}/signup/gitlab/complete`, `${CLIENT.site}/signup/openid/complete`],
      },
    ],
    secondFactor: true,
  });
  return {
    ...started,
    address,
    directory,
    caFile: authority.certFile,
    ca: await readFile(authority.certFile),
    async stop() {
      await started.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function passwordOf(username: string): string {
  return `password of ${username}`;
}

function user(id: number, username: string, more: Partial<IdentityUser> = {}): IdentityUser {
  return {
    id,
    username,
    password: passwordOf(username),
    email: `${username}@drill.test`,
    name: `${username} Drill`,
    ...more,
  };
}
