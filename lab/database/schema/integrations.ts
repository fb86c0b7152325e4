import type { TableGroup } from './notation.ts';

/** Webhooks, slash commands, plugins and product notices. */
export const integrationsTables: TableGroup = {
  incomingwebhooks: {
    columns: `
      id 26, createat bigint, updateat bigint, deleteat bigint, userid 26, channelid 26, teamid 26,
      displayname 64, description 500, username 255, iconurl 1024, channellocked bool`,
    key: 'id',
    indexes: {
      idx_incoming_webhook_create_at: 'createat',
      idx_incoming_webhook_delete_at: 'deleteat',
      idx_incoming_webhook_team_id: 'teamid',
      idx_incoming_webhook_update_at: 'updateat',
      idx_incoming_webhook_user_id: 'userid',
    },
  },
  outgoingwebhooks: {
    columns: `
      id 26, token 26, createat bigint, updateat bigint, deleteat bigint, creatorid 26, channelid 26,
      teamid 26, triggerwords 1024, callbackurls 1024, displayname 64, contenttype 128, triggerwhen int,
      username 64, iconurl 1024, description 500`,
    key: 'id',
    indexes: {
      idx_outgoing_webhook_create_at: 'createat',
      idx_outgoing_webhook_delete_at: 'deleteat',
      idx_outgoing_webhook_team_id: 'teamid',
      idx_outgoing_webhook_update_at: 'updateat',
    },
  },
  commands: {
    columns: `
      id 26, token 26, createat bigint, updateat bigint, deleteat bigint, creatorid 26, teamid 26,
      trigger 128, method 1, username 64, iconurl 1024, autocomplete bool, autocompletedesc 1024,
      autocompletehint 1024, displayname 64, description 128, url 1024, pluginid 190`,
    key: 'id',
    indexes: {
      idx_command_create_at: 'createat',
      idx_command_delete_at: 'deleteat',
      idx_command_team_id: 'teamid',
      idx_command_update_at: 'updateat',
    },
  },
  commandwebhooks: {
    columns: `id 26, createat bigint, commandid 26, userid 26, channelid 26, rootid 26, usecount int`,
    key: 'id',
    indexes: {
      idx_command_webhook_create_at: 'createat',
    },
  },
  pluginkeyvaluestore: {
    columns: `pluginid 190, pkey 150, pvalue bytea, expireat bigint`,
    key: 'pluginid, pkey',
  },
  notifyadmin: {
    columns: `userid 26, createat bigint, requiredplan 100, requiredfeature 255, trial bool!, sentat bigint`,
    key: 'userid, requiredfeature, requiredplan',
  },
  productnoticeviewstate: {
    columns: `userid 26, noticeid 26, viewed int, timestamp bigint`,
    key: 'userid, noticeid',
    indexes: {
      idx_notice_views_notice_id: 'noticeid',
      idx_notice_views_timestamp: '"timestamp"',
    },
  },
};
