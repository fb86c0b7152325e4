import type { Client } from 'pg';
import type { Hazards } from '../site-record.ts';
import { insertRows } from './insert-rows.ts';
import type { Person } from './people.ts';
import type { Channel } from './places.ts';
import type { ProductionAddresses } from './production.ts';
import { createRandom } from './random.ts';

export interface IntegrationOptions {
  readonly seed: number;
  readonly people: readonly Person[];
  readonly channels: readonly Channel[];
  readonly now: number;
  readonly startedAt: number;
  readonly siteUrl: string;
  readonly production: ProductionAddresses;
}

/** Writes webhooks, slash commands, connected applications and workspaces: all that calls out, or is called. */
export async function writeIntegrations(
  client: Client,
  { seed, people, channels, now, startedAt, siteUrl, production }: IntegrationOptions,
): Promise<Pick<Hazards, 'outgoingWebhook' | 'incomingWebhookId'>> {
  const random = createRandom(seed, 'integrations');
  const creatorid = people[0]?.id ?? '';
  const bridge = requireChannel(channels, 'incident-bridge');
  const alerts = requireChannel(channels, 'alerts');
  const shared = requireChannel(channels, 'vendor-escalation');
  const since = { createat: startedAt, updateat: startedAt };
  const incomingWebhookId = random.id();
  const triggerWord = 'pager!';

  await insertRows(client, 'incomingwebhooks', [
    {
      ...{
        id: incomingWebhookId,
        ...since,
        deleteat: 0,
        userid: creatorid,
        channelid: alerts.id,
        teamid: alerts.teamId,
      },
      ...{
        displayname: 'Monitoring',
        description: 'Alerts from watchtower',
        username: '',
        iconurl: '',
        channellocked: true,
      },
    },
  ]);
  await insertRows(client, 'outgoingwebhooks', [
    {
      ...{
        id: random.id(),
        token: random.id(),
        ...since,
        deleteat: 0,
        creatorid,
        channelid: bridge.id,
        teamid: bridge.teamId,
      },
      triggerwords: JSON.stringify([triggerWord]),
      triggerwhen: 0,
      callbackurls: JSON.stringify([production.webhookUrl]),
      displayname: 'Pager',
      contenttype: 'application/json',
      ...{ username: '', iconurl: '', description: 'Wakes the duty officer' },
    },
  ]);
  await insertRows(client, 'commands', [
    {
      ...{ id: random.id(), token: random.id(), ...since, deleteat: 0, creatorid, teamid: bridge.teamId },
      ...{
        trigger: 'oncall',
        method: 'P',
        username: '',
        iconurl: '',
        autocomplete: true,
        autocompletehint: '[desk]',
      },
      ...{ autocompletedesc: 'Who is on call', displayname: 'On call', description: '', pluginid: '' },
      url: production.commandUrl,
    },
  ]);
  const application = random.id();
  await insertRows(client, 'oauthapps', [
    {
      ...{ id: application, creatorid, ...since, clientsecret: random.id(), name: 'Shift planner' },
      ...{ description: 'Reads who is present', istrusted: false, iconurl: '', mattermostappid: '' },
      callbackurls: JSON.stringify([`${production.linkUrl}/planner/callback`]),
      homepage: production.linkUrl,
      isdynamicallyregistered: false,
    },
  ]);
  await insertRows(client, 'oauthaccessdata', [
    {
      ...{
        token: random.id(),
        refreshtoken: random.id(),
        redirecturi: `${production.linkUrl}/planner/callback`,
      },
      ...{
        clientid: application,
        userid: creatorid,
        expiresat: now + 86_400_000,
        scope: 'user',
        audience: '',
      },
    },
  ]);
  await insertRows(client, 'outgoingoauthconnections', [
    {
      ...{
        id: random.id(),
        name: 'Ticket desk',
        creatorid,
        ...since,
        clientid: 'lantern',
        clientsecret: random.id(),
      },
      ...{ credentialsusername: '', credentialspassword: '', granttype: 'client_credentials' },
      oauthtokenurl: `${production.linkUrl}/oauth/token`,
      audiences: JSON.stringify([`${production.linkUrl}/api`]),
    },
  ]);
  const remoteid = random.id();
  await insertRows(client, 'remoteclusters', [
    {
      ...{
        remoteid,
        remoteteamid: '',
        name: 'partners',
        displayname: 'Partner workspace',
        createat: startedAt,
      },
      ...{
        lastpingat: now - 60_000,
        token: random.id(),
        remotetoken: random.id(),
        topics: ' sharedchannel_invitation ',
      },
      ...{
        creatorid,
        pluginid: '',
        options: 0,
        defaultteamid: shared.teamId,
        deleteat: 0,
        lastglobalusersyncat: 0,
      },
      siteurl: production.remoteUrl,
    },
  ]);
  await insertRows(client, 'sharedchannels', [
    {
      ...{ channelid: shared.id, teamid: shared.teamId, home: true, readonly: false, sharename: shared.name },
      ...{
        sharedisplayname: shared.displayName,
        sharepurpose: '',
        shareheader: '',
        creatorid,
        ...since,
        remoteid: '',
      },
    },
  ]);
  await insertRows(client, 'sharedchannelremotes', [
    {
      ...{
        id: random.id(),
        channelid: shared.id,
        creatorid,
        ...since,
        isinviteaccepted: true,
        isinviteconfirmed: true,
      },
      ...{ remoteid, lastpostupdateat: now - 120_000, lastpostid: '', lastpostcreateat: now - 120_000 },
      ...{ lastpostcreateid: '', deleteat: 0, lastmemberssyncat: 0 },
    },
  ]);
  await insertRows(client, 'clusterdiscovery', [
    {
      ...{ id: random.id(), type: 'mattermost_app', clustername: 'production', gossipport: 8074, port: 8065 },
      ...{ hostname: new URL(siteUrl).hostname, createat: now - 3_600_000, lastpingat: now - 30_000 },
    },
  ]);
  const hex = (value: string): string => `\\x${Buffer.from(value).toString('hex')}`;
  const keys = [
    ['playbooks', 'sysKey_schema', '1'],
    ['jira', 'instance', JSON.stringify({ url: `${production.linkUrl}/jira`, secret: random.id() })],
    ['github', `${creatorid}_token`, JSON.stringify({ token: `lab-${random.id()}` })],
    ['com.mattermost.calls', 'channel_state', '{"enabled":true}'],
  ] as const;
  await insertRows(
    client,
    'pluginkeyvaluestore',
    keys.map(([pluginid, pkey, value]) => ({ pluginid, pkey, pvalue: hex(value), expireat: 0 })),
  );
  return {
    outgoingWebhook: { channelId: bridge.id, triggerWord, url: production.webhookUrl },
    incomingWebhookId,
  };
}

export function requireChannel(channels: readonly Channel[], name: string): Channel {
  const channel = channels.find((one) => one.name === name);
  if (channel === undefined) throw new TypeError(`the seed has no channel ${name}`);
  return channel;
}
