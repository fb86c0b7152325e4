import type { Client } from 'pg';
import { insertRows } from './insert-rows.ts';
import type { IntegrationOptions } from './integrations.ts';
import { requireChannel } from './places.ts';
import { createRandom } from './random.ts';

/** Writes applications that may act for users, a connected workspace, and a node that claims to be in the cluster. */
export async function writeConnections(
  client: Client,
  { seed, people, channels, now, startedAt, siteUrl, production }: IntegrationOptions,
): Promise<void> {
  const random = createRandom(seed, 'connections');
  const creatorid = people[0]?.id ?? '';
  const shared = requireChannel(channels, 'vendor-escalation');
  const since = { createat: startedAt, updateat: startedAt };
  const application = random.id();
  await insertRows(client, 'oauthapps', [
    {
      id: application,
      creatorid,
      ...since,
      clientsecret: random.id(),
      name: 'Shift planner',
      description: 'Reads who is present',
      istrusted: false,
      iconurl: '',
      mattermostappid: '',
      callbackurls: JSON.stringify([`${production.linkUrl}/planner/callback`]),
      homepage: production.linkUrl,
      isdynamicallyregistered: false,
    },
  ]);
  await insertRows(client, 'oauthaccessdata', [
    {
      token: random.id(),
      refreshtoken: random.id(),
      redirecturi: `${production.linkUrl}/planner/callback`,
      clientid: application,
      userid: creatorid,
      expiresat: now + 864e5,
      scope: 'user',
      audience: '',
    },
  ]);
  await insertRows(client, 'outgoingoauthconnections', [
    {
      id: random.id(),
      name: 'Ticket desk',
      creatorid,
      ...since,
      clientid: 'lantern',
      clientsecret: random.id(),
      credentialsusername: '',
      credentialspassword: '',
      granttype: 'client_credentials',
      oauthtokenurl: `${production.linkUrl}/oauth/token`,
      audiences: JSON.stringify([`${production.linkUrl}/api`]),
    },
  ]);
  const remoteid = random.id();
  await insertRows(client, 'remoteclusters', [
    {
      remoteid,
      remoteteamid: '',
      name: 'partners',
      displayname: 'Partner workspace',
      createat: startedAt,
      lastpingat: now - 6e4,
      token: random.id(),
      remotetoken: random.id(),
      topics: ' sharedchannel_invitation ',
      creatorid,
      pluginid: '',
      options: 0,
      defaultteamid: shared.teamId,
      deleteat: 0,
      lastglobalusersyncat: 0,
      siteurl: production.remoteUrl,
    },
  ]);
  await insertRows(client, 'sharedchannels', [
    {
      channelid: shared.id,
      teamid: shared.teamId,
      home: true,
      readonly: false,
      sharename: shared.name,
      sharedisplayname: shared.displayName,
      sharepurpose: '',
      shareheader: '',
      creatorid,
      ...since,
      remoteid: '',
    },
  ]);
  await insertRows(client, 'sharedchannelremotes', [
    {
      id: random.id(),
      channelid: shared.id,
      creatorid,
      ...since,
      isinviteaccepted: true,
      isinviteconfirmed: true,
      remoteid,
      lastpostupdateat: now - 12e4,
      lastpostid: '',
      lastpostcreateat: now - 12e4,
      lastpostcreateid: '',
      deleteat: 0,
      lastmemberssyncat: 0,
    },
  ]);
  await insertRows(client, 'clusterdiscovery', [
    {
      id: random.id(),
      type: 'mattermost_app',
      clustername: 'production',
      gossipport: 8074,
      port: 8065,
      hostname: new URL(siteUrl).hostname,
      createat: now - 36e5,
      lastpingat: now - 3e4,
    },
  ]);
}
