import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { ConfigInput } from '../src/model/config.ts';
import { formatDuration } from '../src/model/duration.ts';
import type { LabNames, LabStorage } from './bring-up.ts';
import type { SiteUser } from './database/site-record.ts';
import type { LabIdentityPair } from './identity-pair.ts';
import { CANARY_INTERVAL, type PrimarySite } from './primary-site.ts';
import type { CertificateAuthority } from './tls.ts';
import { ADDRESSES, BUCKETS, writeSecret, ZONE, type LabUnderway } from './underway.ts';

export interface LabParts {
  readonly authority: CertificateAuthority;
  readonly storage: LabStorage;
  readonly dns: LabNames;
  readonly site: PrimarySite;
  readonly identity: LabIdentityPair;
}

/** Writes the config of a drill on this lab: an ordinary one, as an operator would write it, secrets by reference. */
export async function writeLabConfig(lab: LabUnderway, parts: LabParts): Promise<void> {
  const config = await createConfig(lab, parts);
  await writeFile(lab.state.configFile, `# A drill on the lab in this folder.\n${stringify(config)}`, {
    mode: 0o600,
  });
}

async function createConfig(
  lab: LabUnderway,
  { authority, storage: { s3, blob }, dns, site, identity }: LabParts,
): Promise<ConfigInput> {
  const keep = (name: string, value: string) => writeSecret(lab, name, value);
  const s3Store = async (bucket: string) => ({
    kind: 's3' as const,
    bucket,
    region: s3.region,
    endpoint: s3.endpoint,
    forcePathStyle: true,
    accessKeyId: await keep('s3-access-key-id', s3.accessKeyId),
    secretAccessKey: await keep('s3-secret-access-key', s3.secretAccessKey),
  });
  const endpoint = ({ address, port }: { address: string; port: number }) => `${address}:${port}`;
  const { record, tls } = site;
  const canaryChannel = record.channels.find(({ id }) => id === record.canary.channelId);
  const canaryTeam = record.teams.find(({ id }) => id === canaryChannel?.teamId);
  return {
    site: {
      url: lab.siteUrl,
      production: {
        hosts: ['*.production.invalid', ADDRESSES.primary],
        databaseSystemIdentifiers: [site.cluster.systemIdentifier],
      },
    },
    backups: {
      store: await s3Store(BUCKETS.backups),
      database: { prefix: 'db/' },
      files: { prefix: 'files/' },
      configuration: { prefix: 'config/' },
      velero: { prefix: 'velero', namespace: 'mattermost', schedule: 'mattermost-daily' },
      copies: [
        {
          name: 'azure',
          store: {
            kind: 'azure-blob',
            container: BUCKETS.copies,
            connectionString: await keep('azure-connection-string', blob.connectionString),
          },
        },
      ],
    },
    scratch: {
      kind: 'local',
      directory: path.join(lab.directory, 'scratch'),
      address: ADDRESSES.scratch,
      port: lab.sitePort,
    },
    application: { kind: 'stand-in' },
    identity: {
      secondary: {
        kind: 'gitlab',
        authorizationUrl: identity.secondary.authorizationUrl,
        tokenUrl: identity.secondary.serverTokenUrl,
        userInfoUrl: identity.secondary.serverUserInfoUrl,
        discoveryUrl: identity.secondary.discoveryUrl,
        clientId: identity.secondary.clientId,
        clientSecret: await keep('secondary-idp-client-secret', identity.secondary.clientSecret),
        export: identity.exportFile,
        ca: authority.certFile,
      },
      primary: { hosts: [identity.primary.host, identity.primary.address] },
      strangers: 'created',
    },
    dns: {
      kind: 'rfc2136',
      server: endpoint(dns.authoritative),
      zone: ZONE,
      name: lab.state.switchedName,
      ttl: 2,
      key: { name: dns.keyName, algorithm: dns.algorithm, secret: await keep('dns-key', dns.keySecret) },
      resolvers: dns.resolvers.map(endpoint),
      servesProduction: true,
      allowProductionName: true,
    },
    tls: { certificate: tls.certFile, key: tls.keyFile, ca: authority.certFile },
    members: await createMembers(lab, site, identity),
    canary: {
      team: canaryTeam?.name ?? '',
      channel: canaryChannel?.name ?? '',
      interval: formatDuration(CANARY_INTERVAL),
      record: site.canaryRecord,
    },
    privacy: { messageTexts: 'keep' },
    archive: { store: await s3Store(BUCKETS.archive), retain: '1h' },
  };
}

async function createMembers(
  lab: LabUnderway,
  { record }: PrimarySite,
  { secondary, stranger }: LabIdentityPair,
): Promise<ConfigInput['members']> {
  const people = record.users.filter(
    ({ authService, bot, guest, deactivated }) => authService === 'gitlab' && !bot && !guest && !deactivated,
  );
  const admin = people.find(({ roles }) => roles.includes('system_admin'));
  const members = people.filter((user) => user !== admin).slice(0, 3);
  const deactivated = record.users.find((user) => user.authService === 'gitlab' && user.deactivated);
  const throughIdp = async (
    user: Pick<SiteUser, 'username'>,
    part: 'member' | 'admin' | 'stranger' | 'deactivated',
  ) => {
    const known = [...secondary.users].find(({ username }) => username === user.username) ?? stranger;
    return {
      username: user.username,
      part,
      password: await writeSecret(lab, `member-${user.username}-password`, known.password),
      ...(known.totpSecret !== undefined && {
        totp: await writeSecret(lab, `member-${user.username}-totp`, known.totpSecret),
      }),
    };
  };
  return [
    ...(await Promise.all(members.map((user) => throughIdp(user, 'member')))),
    ...(admin ? [await throughIdp(admin, 'admin')] : []),
    {
      username: record.breakGlass.username,
      part: 'break-glass',
      password: await writeSecret(lab, 'break-glass-password', record.breakGlass.password ?? ''),
      totp: await writeSecret(lab, 'break-glass-totp', record.breakGlass.mfaSecret ?? ''),
    },
    await throughIdp(stranger, 'stranger'),
    ...(deactivated ? [await throughIdp(deactivated, 'deactivated')] : []),
  ];
}
