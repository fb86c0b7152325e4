import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { ConfigInput } from '../src/model/config.ts';
import type { LabNames, LabStorage } from './bring-up.ts';
import type { LabIdentityPair } from './identity-pair.ts';
import type { KeyPair as SigningKeys } from '../src/support/signature.ts';
import type { DumpSource } from './backups/dump-database.ts';
import { scratchOf } from './state.ts';
import type { CertificateAuthority, KeyPair } from './tls.ts';
import { BUCKETS, writeSecret, type LabUnderway } from './underway.ts';

export interface LabMember {
  readonly username: string;
  readonly part: NonNullable<ConfigInput['members'][number]['part']>;
  readonly password: string;
  readonly totp?: string | undefined;
}

/** How a baseline of the primary is taken. */
export interface LabBaseline {
  readonly database: DumpSource;
  readonly files: ConfigInput['backups']['store'];
}

export type LabScratch = Pick<ConfigInput, 'scratch' | 'application'>;

export interface LabConfigParts {
  readonly authority: CertificateAuthority;
  readonly storage: LabStorage;
  readonly dns: LabNames;
  readonly identity: LabIdentityPair;
  /** The certificate of the site's name. */
  readonly tls: KeyPair;
  readonly production: NonNullable<ConfigInput['site']['production']>;
  readonly members: readonly LabMember[];
  readonly canary?: ConfigInput['canary'];
  readonly configuration?: ConfigInput['backups']['configuration'];
  /** The baseline is signed with these, and taken so. */
  readonly keys: SigningKeys;
  readonly baseline: LabBaseline;
  readonly velero: NonNullable<ConfigInput['backups']['velero']>;
  readonly privacy: NonNullable<ConfigInput['privacy']>;
  /** Where a drill restores to: this machine unless told. */
  readonly scratch?: LabScratch | undefined;
  readonly strangers?: ConfigInput['identity']['strangers'];
}

/** Writes the config of a drill on this lab: an ordinary one, as an operator would write it, secrets by reference. */
export async function writeLabConfig(lab: LabUnderway, parts: LabConfigParts): Promise<void> {
  const config = await createConfig(lab, parts);
  await writeFile(lab.state.configFile, `# A drill on the lab in this folder.\n${stringify(config)}`, {
    mode: 0o600,
  });
}

async function createConfig(lab: LabUnderway, parts: LabConfigParts): Promise<ConfigInput> {
  const { storage, dns, identity, authority, tls, canary, configuration } = parts;
  const { s3, blob } = storage;
  const { primary, secondary } = identity;
  const {
    keys,
    baseline: { database, files },
  } = parts;
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
  return {
    site: { url: lab.siteUrl, production: parts.production },
    objectives: { tier: 'lab' },
    backups: {
      store: await s3Store(BUCKETS.backups),
      database: { prefix: 'db/' },
      files: { prefix: 'files/' },
      ...(configuration && { configuration }),
      velero: parts.velero,
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
    ...(parts.scratch ?? {
      scratch: {
        kind: 'local',
        directory: scratchOf(lab),
        address: lab.addresses.scratch,
        port: lab.sitePort,
      },
      application: { kind: 'stand-in' },
    }),
    identity: {
      secondary: {
        kind: 'gitlab',
        authorizationUrl: secondary.authorizationUrl,
        tokenUrl: secondary.serverTokenUrl,
        userInfoUrl: secondary.serverUserInfoUrl,
        discoveryUrl: secondary.discoveryUrl,
        clientId: secondary.clientId,
        clientSecret: await keep('secondary-idp-client-secret', secondary.clientSecret),
        export: identity.exportFile,
        keys: [...secondary.keyThumbprints],
        ca: authority.certFile,
      },
      primary: { hosts: [primary.host, primary.address], url: primary.discoveryUrl },
      strangers: parts.strangers ?? 'created',
    },
    dns: {
      kind: 'rfc2136',
      server: endpoint(dns.authoritative),
      zone: lab.zone,
      name: lab.state.switchedName,
      ttl: 2,
      key: { name: dns.keyName, algorithm: dns.algorithm, secret: await keep('dns-key', dns.keySecret) },
      resolvers: dns.resolvers.map(endpoint),
      servesProduction: true,
      allowProductionName: true,
    },
    tls: { certificate: tls.certFile, key: tls.keyFile, ca: authority.certFile },
    members: await Promise.all(parts.members.map((member) => referToSecrets(lab, member))),
    ...(canary && { canary }),
    privacy: parts.privacy,
    signing: {
      publicKey: keys.publicKey,
      key: await keep('signing-key', keys.privateKey),
    },
    baseline: {
      database: {
        ...{ host: database.host, port: database.port, name: database.database, user: database.user },
        password: await keep('baseline-password', database.password),
      },
      files,
    },
    archive: { store: await s3Store(BUCKETS.archive), retain: '1h' },
  };
}

async function referToSecrets(
  lab: LabUnderway,
  { username, part, password, totp }: LabMember,
): Promise<ConfigInput['members'][number]> {
  return {
    username,
    part,
    password: await writeSecret(lab, `${username}-password`, password),
    ...(totp !== undefined && { totp: await writeSecret(lab, `${username}-totp`, totp) }),
  };
}
