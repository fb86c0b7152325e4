import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import { startDns } from '../../lab/dns/index.ts';
import { connectAsOwner, startCluster } from '../../lab/database/cluster.ts';
import { createSchema } from '../../lab/database/schema/create-schema.ts';
import { seedSite } from '../../lab/database/seed.ts';
import type { SiteRecord } from '../../lab/database/site-record.ts';
import { startIdentityProvider, type IdentityUser } from '../../lab/identity/index.ts';
import { createCertificateAuthority, issueCertificate } from '../../lab/tls.ts';
import { configSchema, type ConfigInput } from '../../src/model/config.ts';
import type { Facts, Samples } from '../../src/model/facts.ts';
import { findFreePort } from '../../src/support/ports.ts';
import { startProcess, stopProcess } from '../../src/support/processes.ts';
import { openTlsFront } from '../../src/support/tls-front.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import { chooseSamples } from '../../src/steps/restore/audit/samples.ts';
import { openStepContext, type TestContext } from '../support/step-context.ts';

const ZONE = 'drill.test';
const ADDRESS = { site: '127.0.0.30', idp: '127.0.0.31' };

/** A site as it is after restore and failover: stand-in, secondary IdP, DNS and TLS, with samples chosen by the audit. */
export interface RestoredTestSite extends AsyncDisposable {
  readonly config: Partial<ConfigInput>;
  readonly facts: Partial<Facts>;
  readonly record: SiteRecord;
  /** To spoil what the site stands on. */
  readonly database: Client;
  /** Deactivated here, and the identity provider was never told: not one of the config's members. */
  readonly forgotten: ConfigInput['members'][number];
  /** A context with this site's configuration; sections and facts given here replace its own. */
  context(config?: Partial<ConfigInput>, facts?: Partial<Facts>): Promise<TestContext>;
}

export async function openRestoredTestSite(): Promise<RestoredTestSite> {
  const folder = await openStepContext();
  const { directory } = folder;
  const closers: (() => Promise<unknown>)[] = [async () => folder[Symbol.asyncDispose]()];
  const close = async () => {
    for (const one of closers.toReversed()) await one();
  };
  try {
    return { ...(await open()), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }

  async function open() {
    const siteUrl = `https://chat.${ZONE}:${await findFreePort([ADDRESS.site])}`;
    const idpHost = `sso.${ZONE}`;
    const issuer = `https://${idpHost}:${await findFreePort([ADDRESS.idp])}`;

    const cluster = await startCluster({
      directory: path.join(directory, 'database'),
      port: await findFreePort(),
    });
    closers.push(() => cluster.stop());
    const client = await connectAsOwner(cluster);
    closers.push(() => client.end());
    await createSchema(client);
    const fileStore = path.join(directory, 'files');
    const record = await seedSite(client, {
      seed: 7,
      now: new Date(),
      siteUrl,
      posts: 600,
      files: 8,
      fileStore: async (key, body) => {
        await mkdir(path.dirname(path.join(fileStore, key)), { recursive: true });
        await writeFile(path.join(fileStore, key), body);
      },
    });
    // As quarantine leaves it: nothing may be sent out by itself.
    await client.query('delete from scheduledposts');

    const authority = await createCertificateAuthority(path.join(directory, 'tls'));
    const siteTls = await issueCertificate(authority, { file: 'chat', names: [`chat.${ZONE}`] });
    const dns = await startDns({
      directory: path.join(directory, 'dns'),
      zone: ZONE,
      records: { [`chat.${ZONE}`]: ADDRESS.site, [idpHost]: ADDRESS.idp },
      ttl: 2,
    });
    closers.push(() => dns.stop());

    const clientSecret = randomBytes(12).toString('hex');
    const people = record.users.filter(({ authService, bot }) => authService === 'gitlab' && !bot);
    const [, gone] = people.filter((user) => user.deactivated);
    if (!gone) throw new Error('the test site has too few deactivated people');
    const idpUsers = [
      ...people.map((user) => ({ ...toIdentityUser(user), disabled: user.deactivated && user !== gone })),
      STRANGER,
    ];
    const idp = await startIdentityProvider({
      name: 'Secondary sign-on',
      directory: path.join(directory, 'idp'),
      issuer,
      address: ADDRESS.idp,
      tls: await issueCertificate(authority, { file: 'sso', names: [idpHost], addresses: [ADDRESS.idp] }),
      caFile: authority.certFile,
      users: idpUsers,
      clients: [
        { clientId: 'mattermost', clientSecret, redirectUris: [`${siteUrl}/signup/gitlab/complete`] },
      ],
      secondFactor: true,
    });
    closers.push(() => idp.stop());

    const port = await findFreePort();
    const application = await startProcess({
      command: process.execPath,
      args: [path.join(import.meta.dirname, '../../lab/application/main.ts')],
      logFile: path.join(directory, 'application.log'),
      env: {
        NODE_EXTRA_CA_CERTS: authority.certFile,
        MM_CONFIG: cluster.dataSource,
        MM_SQLSETTINGS_DATASOURCE: cluster.dataSource,
        MM_SERVICESETTINGS_LISTENADDRESS: `127.0.0.1:${port}`,
        MM_SERVICESETTINGS_SITEURL: siteUrl,
        MM_SERVICESETTINGS_ENABLEOUTGOINGWEBHOOKS: 'false',
        MM_SERVICESETTINGS_ENABLELINKPREVIEWS: 'false',
        MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS: 'false',
        MM_EMAILSETTINGS_SENDEMAILNOTIFICATIONS: 'false',
        MM_FILESETTINGS_DRIVERNAME: 'local',
        MM_FILESETTINGS_DIRECTORY: fileStore,
        MM_TEAMSETTINGS_ENABLEUSERCREATION: 'false',
        MM_GITLABSETTINGS_ENABLE: 'true',
        MM_GITLABSETTINGS_ID: 'mattermost',
        MM_GITLABSETTINGS_SECRET: clientSecret,
        MM_GITLABSETTINGS_AUTHENDPOINT: idp.authorizationUrl,
        MM_GITLABSETTINGS_TOKENENDPOINT: idp.tokenUrl.replace(idpHost, ADDRESS.idp),
        MM_GITLABSETTINGS_USERAPIENDPOINT: idp.userInfoUrl.replace(idpHost, ADDRESS.idp),
      },
    });
    closers.push(() => stopProcess(application));
    const front = await openTlsFront({
      address: ADDRESS.site,
      port: Number(new URL(siteUrl).port),
      ...siteTls,
      upstream: { address: '127.0.0.1', port },
    });
    closers.push(async () => front[Symbol.asyncDispose]());
    const healthy = await waitFor(
      async () =>
        (await fetch(`http://127.0.0.1:${port}/api/v4/system/ping`).catch(() => undefined))?.ok
          ? true
          : undefined,
      { timeout: 30_000 },
    );
    if (!healthy) throw new Error(`the stand-in does not start, see ${directory}/application.log`);

    const { members, forgotten } = await describeMembers(record, {
      idpUsers,
      gone: gone.username,
      directory: path.join(directory, 'secrets'),
    });
    const chosen = await chooseSamples(client, {
      members: configMembers([...members, forgotten]),
      seed: 'test',
      posts: 4,
    });
    const sampleFile = record.files.find(({ id }) => id === chosen.file?.id);
    const samples: Samples = {
      ...chosen,
      newestCanary: chosen.posts[0] ?? null,
      file: chosen.file && sampleFile ? { ...chosen.file, sha256: sampleFile.sha256 } : null,
    };
    const passwordFile = path.join(directory, 'database-password');
    await writeFile(passwordFile, cluster.password, { mode: 0o600 });
    const facts: Partial<Facts> = {
      site: {
        url: siteUrl,
        address: ADDRESS.site,
        port: Number(new URL(siteUrl).port),
        application: 'stand-in',
        version: '11.6.0',
      },
      samples,
      switched: { name: `chat.${ZONE}`, from: [], to: ADDRESS.site, resolvers: {} },
      database: {
        host: '127.0.0.1',
        port: cluster.port,
        name: cluster.database,
        user: cluster.user,
        passwordFile,
        systemIdentifier: cluster.systemIdentifier,
        serverVersion: '15',
        order: 'complete',
        deferred: null,
      },
    };
    const config: Partial<ConfigInput> = {
      site: { url: siteUrl },
      identity: {
        secondary: {
          kind: 'gitlab',
          authorizationUrl: idp.authorizationUrl,
          tokenUrl: idp.tokenUrl,
          userInfoUrl: idp.userInfoUrl,
          clientId: 'mattermost',
          clientSecret: { env: 'MUSTER_TEST_UNSET' },
          ca: authority.certFile,
        },
        primary: { hosts: [`login.${ZONE}`] },
      },
      dns: {
        kind: 'none',
        name: `chat.${ZONE}`,
        resolvers: dns.resolvers.map((one) => `${one.address}:${one.port}`),
      },
      tls: { certificate: siteTls.certFile, key: siteTls.keyFile, ca: authority.certFile },
      members,
    };
    return { config, facts, record, database: client, forgotten, context };

    async function context(
      otherConfig: Partial<ConfigInput> = {},
      otherFacts: Partial<Facts> = {},
    ): Promise<TestContext> {
      const all = { ...facts, ...otherFacts };
      const opened = await openStepContext({ config: { ...config, ...otherConfig }, facts: all });
      // What the engine keeps for other processes.
      await writeFile(path.join(opened.runDir, 'run.json'), JSON.stringify({ config: opened.config }));
      await writeFile(path.join(opened.runDir, 'facts.json'), JSON.stringify(all));
      await mkdir(opened.config.scratch.directory, { recursive: true });
      return opened;
    }
  }
}

const STRANGER: IdentityUser = {
  id: 999_001,
  username: 'passer-by',
  password: 'password of the passer-by',
  email: 'passer-by@elsewhere.example',
  name: 'Passer By',
  totpSecret: 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU',
};

function toIdentityUser(user: SiteRecord['users'][number]): IdentityUser {
  return {
    id: Number(user.authData),
    username: user.username,
    password: `password of ${user.username}`,
    email: user.email,
    name: `${user.firstName} ${user.lastName}`,
    totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  };
}

type Members = ConfigInput['members'];

/** Two members, the break-glass account, a stranger and somebody who was deactivated; and who was forgotten. */
async function describeMembers(
  record: SiteRecord,
  {
    idpUsers,
    gone,
    directory,
  }: { readonly idpUsers: readonly IdentityUser[]; readonly gone: string; readonly directory: string },
): Promise<{ readonly members: Members; readonly forgotten: Members[number] }> {
  await mkdir(directory, { mode: 0o700 });
  const keep = async (name: string, value: string) => {
    await writeFile(path.join(directory, name), value, { mode: 0o600 });
    return { file: path.join(directory, name) };
  };
  const throughIdp = async (username: string, part: Members[number]['part']) => {
    const known = idpUsers.find((user) => user.username === username) ?? STRANGER;
    return {
      username,
      part,
      password: await keep(`${username}-password`, known.password),
      totp: await keep(`${username}-totp`, known.totpSecret ?? ''),
    };
  };
  const people = record.users.filter(
    ({ authService, bot, guest }) => authService === 'gitlab' && !bot && !guest,
  );
  const active = people
    .filter(({ deactivated, roles }) => !deactivated && !roles.includes('admin'))
    .slice(0, 2);
  const deactivated = people.find((user) => user.deactivated);
  const { breakGlass } = record;
  const members = [
    ...(await Promise.all(active.map(({ username }) => throughIdp(username, 'member')))),
    {
      username: breakGlass.username,
      part: 'break-glass' as const,
      password: await keep('break-glass-password', breakGlass.password ?? ''),
      totp: await keep('break-glass-totp', breakGlass.mfaSecret ?? ''),
    },
    await throughIdp(STRANGER.username, 'stranger'),
    ...(deactivated ? [await throughIdp(deactivated.username, 'deactivated')] : []),
  ];
  return { members, forgotten: await throughIdp(gone, 'deactivated') };
}

function configMembers(members: Members) {
  return configSchema.shape.members.parse(members);
}
