import type { Client } from 'pg';
import type { Hazards } from '../site-record.ts';
import { writeConnections } from './connections.ts';
import { insertRows } from './insert-rows.ts';
import type { Person } from './people.ts';
import { requireChannel, type Channel } from './places.ts';
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

/** Writes webhooks, slash commands, plugins and what the site is connected to: all that calls out, or is called. */
export async function writeIntegrations(
  client: Client,
  options: IntegrationOptions,
): Promise<Pick<Hazards, 'outgoingWebhook' | 'incomingWebhookId'>> {
  const { seed, people, channels, startedAt, production } = options;
  const random = createRandom(seed, 'integrations');
  const creatorid = people[0]?.id ?? '';
  const bridge = requireChannel(channels, 'incident-bridge');
  const alerts = requireChannel(channels, 'alerts');
  const since = { createat: startedAt, updateat: startedAt };
  const incomingWebhookId = random.id();
  const triggerWord = 'pager!';

  await insertRows(client, 'incomingwebhooks', [
    {
      id: incomingWebhookId,
      ...since,
      deleteat: 0,
      userid: creatorid,
      channelid: alerts.id,
      teamid: alerts.teamId,
      displayname: 'Monitoring',
      description: 'Alerts from watchtower',
      username: '',
      iconurl: '',
      channellocked: true,
    },
  ]);
  await insertRows(client, 'outgoingwebhooks', [
    {
      id: random.id(),
      token: random.id(),
      ...since,
      deleteat: 0,
      creatorid,
      channelid: bridge.id,
      teamid: bridge.teamId,
      triggerwords: JSON.stringify([triggerWord]),
      triggerwhen: 0,
      callbackurls: JSON.stringify([production.webhookUrl]),
      displayname: 'Pager',
      contenttype: 'application/json',
      username: '',
      iconurl: '',
      description: 'Wakes the duty officer',
    },
  ]);
  await insertRows(client, 'commands', [
    {
      id: random.id(),
      token: random.id(),
      ...since,
      deleteat: 0,
      creatorid,
      teamid: bridge.teamId,
      trigger: 'oncall',
      method: 'P',
      username: '',
      iconurl: '',
      autocomplete: true,
      autocompletehint: '[desk]',
      autocompletedesc: 'Who is on call',
      displayname: 'On call',
      description: '',
      pluginid: '',
      url: production.commandUrl,
    },
  ]);
  await writeConnections(client, options);
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
