import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfigInput } from '../../../src/model/config.ts';
import { promisesOf } from '../../../src/model/drill.ts';
import { quarantine, secondLook } from '../../../src/steps/restore/quarantine.ts';
import { HAZARDS } from '../../../src/steps/restore/quarantine/hazards.ts';
import { scanDatabase } from '../../../src/steps/restore/quarantine/places.ts';
import {
  collectProductionAddresses,
  matcher,
} from '../../../src/steps/restore/quarantine/production-addresses.ts';
import { startApplication } from '../../../src/steps/restore/start-application.ts';
import type { TestContext } from '../../support/step-context.ts';
import { openRestoredCopies, REAL_BACKUPS, WITHOUT_BACKUPS, type RestoredCopies } from './restored-copies.ts';

const SITE = {
  url: 'https://chat.example.test',
  production: { hosts: ['*.production.invalid', '10.20.30.40'] },
};

// Each test works on a database of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let copies: RestoredCopies;
beforeAll(async () => {
  copies = await openRestoredCopies();
}, 120_000);
afterAll(() => copies[Symbol.asyncDispose]());

describe('a copy in quarantine', () => {
  let client: Client;
  let context: TestContext;
  let words: unknown;
  beforeAll(async () => {
    const copy = await copies.copy();
    client = copy.client;
    words = await peoplesWords(client);
    context = await copy.context({ site: SITE });
    await quarantine().run(context);
  }, 60_000);

  it('passes every check that was promised', () => {
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(context.checks.map(({ id }) => id).toSorted()).toEqual(
      promisesOf(quarantine(), context).toSorted(),
    );
  });

  it('holds no live session, token, planned message, reminder or waiting job', async () => {
    for (const table of ['sessions', 'useraccesstokens', 'scheduledposts', 'postreminders']) {
      expect((await client.query(`SELECT FROM ${table}`)).rowCount, table).toBe(0);
    }
    expect((await client.query(`SELECT FROM jobs WHERE status IN ('pending', 'in_progress')`)).rowCount).toBe(
      0,
    );
  });

  it('says how many rows of each kind were made harmless', () => {
    const table = context.attachments.get('quarantine.csv') ?? '';
    expect(table).toMatch(/^schedules,scheduledposts,"scheduled messages",4,/m);
    expect(context.messages.find((line) => line.includes('schedules'))).toContain('4 scheduled messages');
  });

  it('keeps what people wrote, and their passwords and second factors', async () => {
    expect(await peoplesWords(client)).toEqual(words);
  });

  it('keeps the settings that decide who may come in', async () => {
    const before = await configurationOf((await copies.copy()).client);
    const after = await configurationOf(client);
    expect(after['TeamSettings']).toEqual(before['TeamSettings']);
    expect(after['GuestAccountsSettings']).toEqual(before['GuestAccountsSettings']);
    expect(after).toMatchObject({ EmailSettings: { SendPushNotifications: false, SMTPServer: '127.0.0.1' } });
    expect((await client.query('SELECT FROM configurations')).rowCount).toBe(1);
  });

  it('gives the application an environment without secrets, and without who may come in', () => {
    const { environment = {} } = context.facts.quarantine ?? {};
    expect(environment).toMatchObject({
      MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS: 'false',
      MM_SERVICESETTINGS_ENABLEOUTGOINGWEBHOOKS: 'false',
      MM_JOBSETTINGS_RUNJOBS: 'false',
    });
    expect(
      Object.keys(environment).filter((name) => /USERCREATION|GUEST|SECRET|PASSWORD|DATASOURCE/.test(name)),
    ).toEqual([]);
    expect(context.facts.quarantine?.scannedPlaces).toBeGreaterThan(100);
  });

  it('looked for what the operator named and for what the stored configuration dialled', () => {
    const { lookedFor } = JSON.parse(context.attachments.get('production-addresses.json') ?? '{}');
    expect(lookedFor).toContain('*.production.invalid');
    expect(lookedFor).not.toContain('chat.example.test');
  });

  it('stays as it is when it is put there once more', async () => {
    context.checks.length = 0;
    await quarantine().run(context);
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  });

  const AGAIN: readonly (readonly [table: string, group: string, sql: string])[] = [
    [
      'sessions',
      'credentials',
      `INSERT INTO sessions (id, token, userid, deviceid) VALUES ('s', 't', 'u', 'android:x')`,
    ],
    ['tokens', 'credentials', `INSERT INTO tokens (token, createat, type) VALUES ('t', 1, 'oauth')`],
    [
      'desktoptokens',
      'credentials',
      `INSERT INTO desktoptokens (token, createat, userid) VALUES ('t', 1, 'u')`,
    ],
    [
      'useraccesstokens',
      'credentials',
      `INSERT INTO useraccesstokens (id, token, userid) VALUES ('i', 't', 'u')`,
    ],
    [
      'oauthaccessdata',
      'credentials',
      `INSERT INTO oauthaccessdata (token, userid, clientid) VALUES ('t', 'u', 'c')`,
    ],
    [
      'oauthauthdata',
      'credentials',
      `INSERT INTO oauthauthdata (code, userid, clientid) VALUES ('t', 'u', 'c')`,
    ],
    [
      'oauthapps',
      'credentials',
      `INSERT INTO oauthapps (id, clientsecret, callbackurls) VALUES ('i', 'live', '["https://x.example"]')`,
    ],
    [
      'outgoingoauthconnections',
      'credentials',
      `INSERT INTO outgoingoauthconnections (id, clientsecret, oauthtokenurl) VALUES ('i', 'live', 'https://x.example')`,
    ],
    ['systems', 'credentials', `INSERT INTO systems (name, value) VALUES ('PushProxyAuthToken', 'live')`],
    [
      'outgoingwebhooks',
      'integrations',
      `INSERT INTO outgoingwebhooks (id, token, deleteat, callbackurls) VALUES ('i', 'live', 0, '["https://x.example"]')`,
    ],
    [
      'commands',
      'integrations',
      `INSERT INTO commands (id, token, deleteat, url, pluginid) VALUES ('i', 'live', 0, 'https://x.example', '')`,
    ],
    ['commandwebhooks', 'integrations', `INSERT INTO commandwebhooks (id, commandid) VALUES ('i', 'c')`],
    [
      'remoteclusters',
      'integrations',
      `INSERT INTO remoteclusters (remoteid, name, siteurl, token, remotetoken, deleteat) VALUES ('i', 'n', 'https://x.example', 't', 't', 0)`,
    ],
    [
      'sharedchannelremotes',
      'integrations',
      `INSERT INTO sharedchannelremotes (id, channelid, remoteid, deleteat) VALUES ('i', 'c', 'r', 0)`,
    ],
    ['clusterdiscovery', 'integrations', `INSERT INTO clusterdiscovery (id, hostname) VALUES ('i', 'node')`],
    [
      'pluginkeyvaluestore',
      'integrations',
      `INSERT INTO pluginkeyvaluestore (pluginid, pkey, pvalue) VALUES ('jira', 'k', 'v')`,
    ],
    [
      'users',
      'integrations',
      `UPDATE users SET notifyprops = '{"email": "true", "push": "all"}' WHERE id = (SELECT min(id) FROM users WHERE deleteat = 0)`,
    ],
    [
      'scheduledposts',
      'schedules',
      `INSERT INTO scheduledposts (id, createat, updateat, userid, channelid, message, scheduledat) VALUES ('i', 1, 1, 'u', 'c', 'm', 1)`,
    ],
    [
      'postreminders',
      'schedules',
      `INSERT INTO postreminders (postid, userid, targettime) VALUES ('p', 'u', 1)`,
    ],
    [
      'persistentnotifications',
      'schedules',
      `INSERT INTO persistentnotifications (postid, createat) VALUES ('p', 1)`,
    ],
    [
      'notifyadmin',
      'schedules',
      `INSERT INTO notifyadmin (userid, createat, requiredplan, requiredfeature, trial) VALUES ('u', 1, 'p', 'f', false)`,
    ],
    ['jobs', 'schedules', `INSERT INTO jobs (id, type, status) VALUES ('i', 'export_process', 'pending')`],
  ];

  it.each(AGAIN)('is not in quarantine any more with a live row in %s', async (_table, group, sql) => {
    const checks = await inVain(client, sql, () => secondLook(client));
    expect(checks.filter(({ verdict }) => verdict === 'missed')).toMatchObject([
      { id: `quarantine.${group}`, code: 'QUARANTINE_INCOMPLETE' },
    ]);
  });

  it('has such a test for each hazard', () => {
    const tested = new Set<string>(AGAIN.map(([table]) => table));
    expect(HAZARDS.map(({ table }) => table).filter((table) => !tested.has(table))).toEqual([]);
  });

  it.each([
    [
      'configurations.value',
      `UPDATE configurations SET value = '{"A": {"B": "https://x.production.invalid"}}'`,
    ],
    [
      'configurationfiles.data',
      `INSERT INTO configurationfiles (name, data, createat, updateat) VALUES ('f', 'x.production.invalid', 1, 1)`,
    ],
    ['systems.value', `INSERT INTO systems (name, value) VALUES ('x', 'x.production.invalid')`],
    [
      'outgoingwebhooks.iconurl',
      `UPDATE outgoingwebhooks SET iconurl = 'https://x.production.invalid/i.png'`,
    ],
    [
      'incomingwebhooks.iconurl',
      `UPDATE incomingwebhooks SET iconurl = 'HTTPS://X.PRODUCTION.INVALID/i.png'`,
    ],
    ['commands.url', `UPDATE commands SET url = 'https://x.production.invalid'`],
    [
      'oauthapps.homepage',
      `INSERT INTO oauthapps (id, homepage) VALUES ('i', 'https://x.production.invalid')`,
    ],
    [
      'outgoingoauthconnections.audiences',
      `INSERT INTO outgoingoauthconnections (id, audiences) VALUES ('i', '["https://x.production.invalid"]')`,
    ],
    [
      'remoteclusters.siteurl',
      `INSERT INTO remoteclusters (remoteid, name, siteurl) VALUES ('i', 'n', 'https://x.production.invalid')`,
    ],
    [
      'sharedchannelremotes.channelid',
      `INSERT INTO sharedchannelremotes (id, channelid, remoteid) VALUES ('i', '10.20.30.40', 'r')`,
    ],
    ['clusterdiscovery.hostname', `INSERT INTO clusterdiscovery (id, hostname) VALUES ('i', '10.20.30.40')`],
    [
      'bots.description',
      `UPDATE bots SET description = 'see x.production.invalid' WHERE userid = (SELECT min(userid) FROM bots)`,
    ],
    [
      'jobs.data',
      `INSERT INTO jobs (id, type, status, data) VALUES ('i', 't', 'success', '{"url": "https://x.production.invalid"}')`,
    ],
    [
      'pluginkeyvaluestore.pvalue',
      `INSERT INTO pluginkeyvaluestore (pluginid, pkey, pvalue) VALUES ('mine', 'k', 'https://x.production.invalid')`,
    ],
  ])('shows an address of production that was planted in %s', async (place, sql) => {
    const addresses = collectProductionAddresses(context.config, undefined, []);
    const { findings } = await inVain(client, sql, () => scanDatabase(client, addresses));
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.every((finding) => finding.place.startsWith(place))).toBe(true);
  });

  it('never has people’s own words looked into', async () => {
    const addresses = collectProductionAddresses(context.config, undefined, []);
    const { findings } = await inVain(
      client,
      `UPDATE posts SET message = 'https://x.production.invalid' WHERE id = (SELECT min(id) FROM posts)`,
      () => scanDatabase(client, addresses),
    );
    expect(findings).toEqual([]);
  });
});

describe('quarantine', () => {
  it('stops the run when an address of production is left where it must not be rewritten', async () => {
    const { client, context } = await openCopy();
    await client.query(
      `INSERT INTO systems (name, value) VALUES ('Odd', '{"peer": "db.production.invalid:5432"}')`,
    );
    await expect(quarantine().run(context)).rejects.toMatchObject({ code: 'PRODUCTION_ADDRESS_LEFT' });
    expect(context.checkOf('quarantine.no-production-address')).toMatchObject({
      verdict: 'missed',
      code: 'PRODUCTION_ADDRESS_LEFT',
      seen: 'db.production.invalid in systems.value peer (Odd)',
    });
    expect(context.facts.quarantine).toBeUndefined();
  });

  it('finds the addresses that only the cluster’s backup knows', async () => {
    const { client, context } = await openCopy();
    context.facts.cluster = { ...context.facts.cluster!, addresses: ['pg-7.internal.example'] };
    await client.query(`INSERT INTO systems (name, value) VALUES ('Odd', 'pg-7.internal.example')`);
    await expect(quarantine().run(context)).rejects.toMatchObject({ code: 'PRODUCTION_ADDRESS_LEFT' });
  });

  it('rewrites the configuration that came as a file', async () => {
    const { client, context } = await openCopy();
    await client.query('DELETE FROM configurations');
    const key = 'config.json';
    const store = context.config.backups.store;
    await writeFile(
      path.join(store.kind === 'filesystem' ? store.root : '', key),
      JSON.stringify({
        SqlSettings: { DataSource: 'postgres://u:p@db.production.invalid/x' },
        TeamSettings: { EnableUserCreation: true },
      }),
    );
    context.facts.backups = { ...context.facts.backups!, configuration: { key, takenAt: '' } };
    await quarantine().run(context);
    const file = context.facts.quarantine?.environment['MM_CONFIG'] ?? '';
    const written = await readFile(file, 'utf8');
    expect(written).not.toContain('production.invalid');
    expect(JSON.parse(written)).toMatchObject({
      TeamSettings: { EnableUserCreation: true },
      JobSettings: { RunJobs: false },
    });
    expect(context.checkOf('quarantine.configuration').verdict).toBe('passed');
    await quarantine().undo?.(context);
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect([...context.resources]).toEqual([]);
  });

  it('misses a configuration that no backup holds', async () => {
    const { client, context } = await openCopy();
    await client.query('DELETE FROM configurations');
    await quarantine().run(context);
    expect(context.checkOf('quarantine.configuration')).toMatchObject({
      verdict: 'missed',
      code: 'CONFIGURATION_MISSING',
    });
  });

  it('gives nobody leave to start the site while a setting still reaches out', async () => {
    const { client, context } = await openCopy();
    await client.query(
      `CREATE FUNCTION restore_push() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         NEW.value := jsonb_set(NEW.value::jsonb, '{EmailSettings,SendPushNotifications}', 'true')::text;
         RETURN NEW; END $$`,
    );
    await client.query(
      'CREATE TRIGGER restore_push BEFORE INSERT OR UPDATE ON configurations FOR EACH ROW EXECUTE FUNCTION restore_push()',
    );
    await quarantine().run(context);
    expect(context.checkOf('quarantine.configuration')).toMatchObject({
      verdict: 'missed',
      code: 'QUARANTINE_INCOMPLETE',
      seen: expect.stringContaining('SendPushNotifications'),
    });
    expect(context.facts.quarantine).toBeUndefined();
    expect(startApplication().needs).toContain('quarantine');
  });

  it('changes nothing when it cannot finish', async () => {
    const { client, context } = await openCopy();
    await client.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'`,
    );
    await client.query('CREATE TRIGGER refuse BEFORE DELETE ON configurations EXECUTE FUNCTION refuse()');
    await expect(quarantine().run(context)).rejects.toThrow('no');
    expect((await client.query('SELECT FROM sessions')).rowCount).toBeGreaterThan(0);
  });

  it.each<[string, (context: TestContext, client: Client) => unknown]>([
    [
      'without a mark',
      (_, client) =>
        client.query(
          `DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS NULL', current_database()); END $$`,
        ),
    ],
    ['of another run', (context) => Object.assign(context, { runId: 'another' })],
    ['on another server', ({ facts }) => (facts.database = { ...facts.database!, systemIdentifier: '1' })],
    [
      'on a server of production',
      ({ config, facts }) =>
        Object.assign(config.site.production, {
          databaseSystemIdentifiers: [facts.database!.systemIdentifier],
        }),
    ],
  ])('refuses a database %s, and leaves it alone', async (_what, arrange) => {
    const { client, context } = await openCopy();
    await arrange(context, client);
    await expect(quarantine().run(context)).rejects.toMatchObject({ code: 'SCRATCH_IS_PRODUCTION' });
    expect((await client.query('SELECT FROM sessions')).rowCount).toBeGreaterThan(0);
  });

  async function openCopy(config: Partial<ConfigInput> = {}) {
    const copy = await copies.copy();
    return { client: copy.client, context: await copy.context({ site: SITE, ...config }) };
  }
});

describe('an address of production', () => {
  it('is found as a whole word, in any case, with and without a port', () => {
    const { find } = matcher(['aurora.example', '*.corp.example', '10.1.2.3', '127.0.0.20:2525']);
    expect(find('postgres://u:p@Aurora.Example:5432/x')).toEqual(['Aurora.Example']);
    expect(find('https://a.b.corp.example/x?y')).toEqual(['a.b.corp.example']);
    expect(find('10.1.2.3, 127.0.0.20:2525.')).toEqual(['10.1.2.3', '127.0.0.20:2525']);
    expect(
      find('my-aurora.example aurora.example.org corp.example 110.1.2.3 10.1.2.34 127.0.0.20:25'),
    ).toEqual([]);
  });

  it('is not the name that the drill switches, nor the secondary identity provider', async () => {
    const context = await (
      await copies.copy()
    ).context({
      site: { ...SITE, production: { hosts: ['*.example.test'] } },
    });
    const { find } = collectProductionAddresses(context.config, { addresses: ['chat.example.test'] }, []);
    expect(find('https://chat.example.test https://idp.example.test')).toEqual([]);
    expect(find('https://db.example.test https://sso.example.test')).toEqual([
      'db.example.test',
      'sso.example.test',
    ]);
  });

  it('is also one that the stored configuration dials', async () => {
    const context = await (await copies.copy()).context();
    const { patterns } = collectProductionAddresses(context.config, undefined, [
      {
        SqlSettings: {
          DataSource: 'postgres://u:p@db-1.lost.example:5432/x',
          DataSourceReplicas: ['host=db-2.lost.example user=u'],
        },
        EmailSettings: {
          SMTPServer: 'smtp.lost.example',
          PushNotificationServer: 'https://push.mattermost.com',
        },
        SupportSettings: { HelpLink: 'https://help.example' },
        FileSettings: { AmazonS3Endpoint: 's3.amazonaws.com' },
      },
    ]);
    expect(patterns).toEqual([
      'db-1.lost.example',
      'db-2.lost.example',
      'push.mattermost.com',
      'smtp.lost.example',
      'sso.example.test',
    ]);
  });
});

describe.skipIf(!REAL_BACKUPS)(`the real backups (${REAL_BACKUPS ? 'there' : WITHOUT_BACKUPS})`, () => {
  it('are made harmless, hazard by hazard', async () => {
    const manifest = JSON.parse(
      await readFile(path.join(REAL_BACKUPS ?? '', 'mattermost-11.6', 'manifest.json'), 'utf8'),
    );
    const copy = await copies.copyOfReal();
    const context = await copy.context({
      site: { url: 'https://chat.ops.example', production: { hosts: ['*.production.example'] } },
      dns: { kind: 'none', name: 'chat.ops.example' },
    });
    await quarantine().run(context);
    expect(context.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    const table = context.attachments.get('quarantine.csv') ?? '';
    const { hazards } = manifest;
    expect(table).toContain(`scheduled messages",${hazards.scheduled_posts.length},`);
    expect(table).toContain(`reminders",${hazards.post_reminders.length},`);
    expect(table).toContain(`push devices",${hazards.sessions.length},`);
    expect(table).toContain(`outgoing webhooks",${hazards.outgoing_webhook.length},`);
    expect(table).toContain(`slash commands",${hazards.command.length},`);
    const configuration = JSON.stringify(await configurationOf(copy.client));
    expect(configuration).not.toMatch(/production\.example|push\.mattermost\.com|s3\.eu-central-1/);
    expect(configuration).toContain('https://chat.ops.example');
  });
});

async function inVain<T>(client: Client, sql: string, look: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    return await look();
  } finally {
    await client.query('ROLLBACK');
  }
}

async function configurationOf(client: Client): Promise<Record<string, unknown>> {
  const { rows } = await client.query<{ value: string }>('SELECT value FROM configurations WHERE active');
  return JSON.parse(rows[0]?.value ?? '{}');
}

async function peoplesWords(client: Client): Promise<unknown> {
  const sum = (table: string, columns: string) =>
    `SELECT '${table}' AS name, count(*), sum(hashtextextended((${columns})::text, 0)::numeric) FROM ${table}`;
  const sums: unknown[] = [];
  for (const statement of [
    sum('posts', 'posts'),
    sum('channels', 'channels'),
    sum('linkmetadata', 'linkmetadata'),
    sum('drafts', 'drafts'),
    sum('users', 'ROW(id, username, email, password, authdata, mfasecret, roles, deleteat)'),
  ]) {
    sums.push((await client.query(statement)).rows[0]);
  }
  return sums;
}
