import path from 'node:path';
import { findFreePort } from '../src/support/ports.ts';
import { drawSecret, type LabUnderway } from './underway.ts';
import { ROUTES } from './identity/config.ts';
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

export interface PlannedIdentities {
  readonly primary: PlannedIdentity;
  readonly secondary: PlannedIdentity;
}

export interface LabIdentityPair {
  readonly primary: LabIdentity;
  readonly secondary: LabIdentity;
  /** The secondary's users, as an identity team would export them. */
  readonly exportFile: string;
}

export async function planIdentities(lab: LabUnderway): Promise<PlannedIdentities> {
  return {
    primary: await planIdentity(`sso.${lab.zone}`, lab.addresses.primaryIdp),
    secondary: await planIdentity(`sso2.${lab.zone}`, lab.addresses.secondaryIdp),
  };
}

async function planIdentity(host: string, address: string): Promise<PlannedIdentity> {
  const issuer = `https://${host}:${await findFreePort([address])}`;
  return {
    host,
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
  readonly planned: PlannedIdentities;
  /** Who the primary knows. */
  readonly everyday: readonly IdentityUser[];
  /** Who the secondary knows. */
  readonly emergency: readonly IdentityUser[];
  readonly takesCodesAgain?: boolean;
}

/** The site's everyday identity provider, and the one that must still work when that is gone. */
export async function startIdentityProviders(
  lab: LabUnderway,
  { authority, planned, everyday, emergency, takesCodesAgain = false }: IdentityPairOptions,
): Promise<LabIdentityPair> {
  const exportFile = path.join(lab.directory, 'secondary-idp-users.json');
  await exportUsers(emergency, exportFile);
  return {
    primary: await start('primary identity provider', planned.primary, everyday, true),
    secondary: await start('secondary identity provider', planned.secondary, emergency, false),
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
      takesCodesAgain,
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
