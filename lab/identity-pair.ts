import path from 'node:path';
import { findFreePort } from '../src/support/ports.ts';
import { drawSecret, ZONE, type LabUnderway } from './underway.ts';
import { ROUTES } from './identity/config.ts';
import type { SiteRecord, SiteUser } from './database/site-record.ts';
import {
  exportUsers,
  startIdentityProvider,
  type IdentityUser,
  type LabIdentityProvider,
} from './identity/index.ts';
import { issueCertificate, type CertificateAuthority } from './tls.ts';

/** An identity provider's addresses and client, known before it is started: the site's stored configuration names them. */
export interface PlannedIdentity {
  readonly host: string;
  readonly address: string;
  readonly issuer: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly userInfoUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface LabIdentity extends LabIdentityProvider, PlannedIdentity {
  /** What the application itself asks, by address: it does not use the lab's resolvers. */
  readonly serverTokenUrl: string;
  readonly serverUserInfoUrl: string;
  readonly users: readonly IdentityUser[];
}

export interface LabIdentityPair {
  readonly primary: LabIdentity;
  readonly secondary: LabIdentity;
  /** Known to the secondary alone: a stranger to Mattermost. */
  readonly stranger: IdentityUser;
  readonly exportFile: string;
}

export async function planIdentity(host: string, address: string): Promise<PlannedIdentity> {
  const issuer = `https://${host}.${ZONE}:${await findFreePort([address])}`;
  return {
    host: `${host}.${ZONE}`,
    address,
    issuer,
    authorizationUrl: issuer + ROUTES.authorization,
    tokenUrl: issuer + ROUTES.token,
    userInfoUrl: issuer + ROUTES.userInfo,
    clientId: `mattermost-${host}`,
    clientSecret: drawSecret(),
  };
}

export interface IdentityPairOptions {
  readonly authority: CertificateAuthority;
  readonly record: SiteRecord;
  readonly planned: { readonly primary: PlannedIdentity; readonly secondary: PlannedIdentity };
}

/** The site's everyday identity provider, and the one that must still work when that is gone. */
export async function startIdentityProviders(
  lab: LabUnderway,
  { authority, record, planned }: IdentityPairOptions,
): Promise<LabIdentityPair> {
  const people = record.users.filter(({ authService, bot }) => authService === 'gitlab' && !bot);
  const stranger: IdentityUser = {
    id: 999_001,
    username: 'passer-by',
    password: drawSecret(),
    email: 'passer-by@elsewhere.example',
    name: 'Passer By',
    totpSecret: drawTotpSecret(),
  };
  const everyday = people.filter(({ knownAtIdp }) => knownAtIdp).map((user) => toIdentityUser(user, false));
  const emergency = [...people.map((user) => toIdentityUser(user, true)), stranger];
  const exportFile = path.join(lab.directory, 'secondary-idp-users.json');
  await exportUsers(emergency, exportFile);
  return {
    primary: await start('primary identity provider', planned.primary, everyday, true),
    secondary: await start('secondary identity provider', planned.secondary, emergency, false),
    stranger,
    exportFile,
  };

  async function start(
    name: string,
    plan: PlannedIdentity,
    users: readonly IdentityUser[],
    primary: boolean,
  ): Promise<LabIdentity> {
    const { host, address, issuer, clientId, clientSecret } = plan;
    const provider = await startIdentityProvider({
      name,
      directory: path.join(lab.directory, host),
      issuer,
      address,
      tls: await issueCertificate(authority, { names: [host], addresses: [address] }),
      caFile: authority.certFile,
      users,
      clients: [{ clientId, clientSecret, redirectUris: [`${lab.siteUrl}/signup/gitlab/complete`] }],
      secondFactor: !primary,
      detached: lab.stay,
    });
    await lab.note(name, provider.process, { primary, endpoint: issuer });
    const byAddress = (url: string) => url.replace(host, address);
    return {
      ...provider,
      ...plan,
      users,
      serverTokenUrl: byAddress(plan.tokenUrl),
      serverUserInfoUrl: byAddress(plan.userInfoUrl),
    };
  }
}

/** At the secondary everybody has a password and an authenticator of their own; who is deactivated may not sign in. */
function toIdentityUser(user: SiteUser, secondFactor: boolean): IdentityUser {
  return {
    id: Number(user.authData),
    username: user.username,
    password: drawSecret(),
    email: user.email,
    name: `${user.firstName} ${user.lastName}`,
    ...(secondFactor && { totpSecret: drawTotpSecret(), disabled: user.deactivated }),
  };
}

/** 160 bits in base32, as authenticators take them (RFC 4226, section 4). */
function drawTotpSecret(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => alphabet[byte % 32]).join('');
}
