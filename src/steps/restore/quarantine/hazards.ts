import type { Hazard } from './hazard.ts';

/** Never resolves: RFC 2606 keeps `.invalid` out of DNS. */
export const NOWHERE = 'quarantined.invalid';
const DEAD_URL = `http://${NOWHERE}/`;

const NOW = '(extract(epoch FROM now()) * 1000)::bigint';
const RANDOM_SECRET = `md5(random()::text || clock_timestamp()::text)`;

/** Secrets that came with the copy carry a mark in front afterwards, so that a second look can tell new from old. */
const REPLACED = 'quarantined-';

/** Plugins that talk to services outside, with tokens that they keep here. */
const PLUGINS_WITH_TOKENS = [
  ...['github', 'jira', 'zoom', 'com.github.manland.mattermost-plugin-gitlab'],
  ...['com.mattermost.msteamsmeetings', 'com.mattermost.msteams-sync', 'com.mattermost.confluence'],
  ...['com.mattermost.plugin-servicenow', 'com.mattermost.nps'],
]
  .map((id) => `'${id}'`)
  .join(', ');

const STOLEN = 'Whoever has one from production is signed in to the copy at once.';

/** Everything in the tables of Mattermost 11.6 that must not be alive when a server starts on a restored copy. */
export const HAZARDS: readonly Hazard[] = [
  {
    group: 'credentials',
    table: 'sessions',
    what: 'sessions and their push devices',
    otherwise: `${STOLEN} Session expiry is pushed to real phones.`,
    armed: 'true',
    disarm: 'delete',
  },
  ...['tokens', 'desktoptokens', 'useraccesstokens', 'oauthaccessdata', 'oauthauthdata'].map(
    (table): Hazard => ({
      group: 'credentials',
      table,
      what: `tokens in ${table}`,
      otherwise: STOLEN,
      armed: 'true',
      disarm: 'delete',
    }),
  ),
  {
    group: 'credentials',
    table: 'oauthapps',
    what: 'secrets of applications that sign in through this site',
    otherwise: 'Applications of production sign people in to the copy.',
    armed: `t.clientsecret NOT LIKE '${REPLACED}%' OR t.callbackurls !~ '^\\["http://${NOWHERE}/"\\]$'`,
    disarm: `clientsecret = '${REPLACED}' || ${RANDOM_SECRET}, callbackurls = '["${DEAD_URL}"]'`,
  },
  {
    group: 'credentials',
    table: 'outgoingoauthconnections',
    what: 'credentials for services outside',
    otherwise: 'Slash commands and plugins sign in to services of production.',
    armed: `t.clientsecret <> '' OR coalesce(t.credentialsusername, '') <> ''
            OR coalesce(t.credentialspassword, '') <> '' OR t.oauthtokenurl <> '${DEAD_URL}'`,
    disarm: `clientsecret = '', credentialsusername = '', credentialspassword = '', oauthtokenurl = '${DEAD_URL}'`,
  },
  {
    group: 'credentials',
    table: 'systems',
    what: 'keys for the push proxy and the cluster',
    otherwise: 'The copy speaks in the name of production to the push proxy, or joins its cluster.',
    armed: `t.name IN ('PushProxyAuthToken', 'ClusterEncryptionKey')`,
    disarm: 'delete',
  },
  {
    group: 'integrations',
    table: 'outgoingwebhooks',
    what: 'outgoing webhooks',
    otherwise: 'Messages of the drill are sent to systems of production.',
    armed: `t.deleteat = 0 OR t.callbackurls <> '["${DEAD_URL}"]' OR t.token NOT LIKE 'q%' OR length(t.token) <> 25`,
    disarm: `callbackurls = '["${DEAD_URL}"]', token = 'q' || substr(${RANDOM_SECRET}, 1, 24),
             deleteat = CASE WHEN t.deleteat = 0 THEN ${NOW} ELSE t.deleteat END`,
  },
  {
    group: 'integrations',
    table: 'commands',
    what: 'slash commands',
    otherwise: 'Slash commands call systems of production.',
    armed: `coalesce(t.pluginid, '') = '' AND (t.deleteat = 0 OR t.url <> '${DEAD_URL}' OR t.token NOT LIKE 'q%' OR length(t.token) <> 25)`,
    disarm: `url = '${DEAD_URL}', token = 'q' || substr(${RANDOM_SECRET}, 1, 24),
             deleteat = CASE WHEN t.deleteat = 0 THEN ${NOW} ELSE t.deleteat END`,
  },
  {
    group: 'integrations',
    table: 'commandwebhooks',
    what: 'answers that slash commands still wait for',
    otherwise: 'Systems of production post into the copy.',
    armed: 'true',
    disarm: 'delete',
  },
  {
    group: 'integrations',
    table: 'remoteclusters',
    what: 'connected sites',
    otherwise: 'Messages of the drill are sent to the sites of partners.',
    armed: `coalesce(t.deleteat, 0) = 0 OR t.siteurl NOT LIKE '${DEAD_URL}%' OR t.token <> '' OR t.remotetoken <> ''`,
    // The address is unique together with the remote team's id.
    disarm: `siteurl = '${DEAD_URL}' || t.remoteid, token = '', remotetoken = '',
             deleteat = CASE WHEN coalesce(t.deleteat, 0) = 0 THEN ${NOW} ELSE t.deleteat END`,
  },
  {
    group: 'integrations',
    table: 'sharedchannelremotes',
    what: 'channels shared with other sites',
    otherwise: 'Messages of the drill are sent to the sites of partners.',
    armed: 'coalesce(t.deleteat, 0) = 0',
    disarm: `deleteat = ${NOW}`,
  },
  {
    group: 'integrations',
    table: 'clusterdiscovery',
    what: 'nodes of the cluster',
    otherwise: 'The copy joins the cluster of production.',
    armed: 'true',
    disarm: 'delete',
  },
  {
    group: 'integrations',
    table: 'pluginkeyvaluestore',
    what: 'tokens that plugins keep',
    otherwise: 'Plugins act in services of production.',
    armed: `t.pluginid IN (${PLUGINS_WITH_TOKENS})`,
    disarm: 'delete',
  },
  {
    group: 'integrations',
    table: 'users',
    what: 'people who are mailed or have pushes sent',
    otherwise: 'Real people get mails and pushes about a drill.',
    armed: `t.deleteat = 0 AND (t.notifyprops ->> 'email' IS DISTINCT FROM 'false' OR t.notifyprops ->> 'push' IS DISTINCT FROM 'none')`,
    disarm: `notifyprops = coalesce(t.notifyprops, '{}') || '{"email": "false", "push": "none"}'`,
  },
  {
    group: 'schedules',
    table: 'scheduledposts',
    what: 'scheduled messages',
    otherwise: 'Messages that people planned are sent from the copy.',
    armed: 'true',
    disarm: 'delete',
  },
  {
    group: 'schedules',
    table: 'postreminders',
    what: 'reminders',
    otherwise: 'People are reminded by the copy.',
    armed: 'true',
    disarm: 'delete',
  },
  {
    group: 'schedules',
    table: 'persistentnotifications',
    what: 'repeated notifications of urgent messages',
    otherwise: 'People are alarmed by the copy, again and again.',
    armed: 'true',
    disarm: 'delete',
  },
  {
    group: 'schedules',
    table: 'notifyadmin',
    what: 'requests that administrators are to be told about',
    otherwise: 'Administrators get messages from the copy.',
    armed: 'true',
    disarm: 'delete',
  },
  {
    group: 'schedules',
    table: 'jobs',
    what: 'jobs that wait or run',
    otherwise: 'Exports, retention and directory synchronisation run on the copy.',
    armed: `t.status IN ('pending', 'in_progress', 'cancel_requested')`,
    disarm: `status = 'canceled'`,
  },
];
