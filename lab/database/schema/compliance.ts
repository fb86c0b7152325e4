import type { TableGroup } from './notation.ts';

/** Retention, exports and flagged content. */
export const complianceTables: TableGroup = {
  compliances: {
    columns: `
      id 26, createat bigint, userid 26, status 64, count int, desc 512, type 64, startat bigint,
      endat bigint, keywords 512, emails 1024`,
    key: 'id',
  },
  retentionpolicies: {
    columns: `id 26, displayname 64, postduration bigint`,
    key: 'id',
    indexes: {
      idx_retentionpolicies_displayname: 'displayname',
    },
  },
  retentionpolicieschannels: {
    columns: `policyid 26, channelid 26`,
    key: 'channelid',
    indexes: {
      idx_retentionpolicieschannels_policyid: 'policyid',
    },
    belongsTo: { fk_retentionpolicieschannels_retentionpolicies: 'policyid retentionpolicies' },
  },
  retentionpoliciesteams: {
    columns: `policyid 26, teamid 26`,
    key: 'teamid',
    indexes: {
      idx_retentionpoliciesteams_policyid: 'policyid',
    },
    belongsTo: { fk_retentionpoliciesteams_retentionpolicies: 'policyid retentionpolicies' },
  },
  retentionidsfordeletion: {
    columns: `id 26, tablename 64, ids 26[]`,
    key: 'id',
    indexes: {
      idx_retentionidsfordeletion_tablename: 'tablename',
    },
  },
  contentflaggingcommonreviewers: {
    columns: `userid 26`,
    key: 'userid',
  },
  contentflaggingteamreviewers: {
    columns: `teamid 26, userid 26`,
    key: 'teamid, userid',
    indexes: {
      idx_contentflaggingteamreviewers_userid: 'userid',
    },
  },
  contentflaggingteamsettings: {
    columns: `teamid 26, enabled bool`,
    key: 'teamid',
  },
};
