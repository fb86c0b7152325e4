import type { TableGroup } from './notation.ts';

/** Where people talk, who belongs there, and how each arranges the sidebar. */
export const teamsAndChannelsTables: TableGroup = {
  teams: {
    columns: `
      id 26, createat bigint, updateat bigint, deleteat bigint, displayname 64, name 64, description 255,
      email 128, type team_type, companyname 64, alloweddomains 1000, inviteid 32, schemeid 26,
      allowopeninvite bool, lastteamiconupdate bigint, groupconstrained bool,
      cloudlimitsarchived bool!=false`,
    key: 'id',
    unique: ['name'],
    indexes: {
      idx_teams_create_at: 'createat',
      idx_teams_delete_at: 'deleteat',
      idx_teams_invite_id: 'inviteid',
      idx_teams_scheme_id: 'schemeid',
      idx_teams_update_at: 'updateat',
    },
  },
  teammembers: {
    columns: `
      teamid 26, userid 26, roles 256, deleteat bigint, schemeuser bool, schemeadmin bool,
      schemeguest bool, createat bigint=0`,
    key: 'teamid, userid',
    indexes: {
      idx_teammembers_createat: 'createat',
      idx_teammembers_delete_at: 'deleteat',
      idx_teammembers_user_id: 'userid',
    },
  },
  channels: {
    columns: `
      id 26, createat bigint, updateat bigint, deleteat bigint, teamid 26, type channel_type,
      displayname 64, name 64, header 1024, purpose 250, lastpostat bigint, totalmsgcount bigint,
      extraupdateat bigint, creatorid 26, schemeid 26, groupconstrained bool, shared bool,
      totalmsgcountroot bigint, lastrootpostat bigint=0, bannerinfo jsonb, defaultcategoryname 64!='',
      autotranslation bool!=false`,
    key: 'id',
    unique: ['name, teamid'],
    indexes: {
      idx_channels_autotranslation_enabled: 'id where autotranslation = true',
      idx_channels_create_at: 'createat',
      idx_channels_delete_at: 'deleteat',
      idx_channels_displayname_lower: 'lower(displayname)',
      idx_channels_name_lower: 'lower(name)',
      idx_channels_scheme_id: 'schemeid',
      idx_channels_team_id_display_name: 'teamid, displayname',
      idx_channels_team_id_type: 'teamid, type',
      idx_channels_update_at: 'updateat',
    },
    search: {
      idx_channel_search_txt: 'name displayname purpose',
    },
  },
  channelmembers: {
    columns: `
      channelid 26, userid 26, roles 256, lastviewedat bigint, msgcount bigint, mentioncount bigint,
      notifyprops jsonb, lastupdateat bigint, schemeuser bool, schemeadmin bool, schemeguest bool,
      mentioncountroot bigint, msgcountroot bigint, urgentmentioncount bigint,
      autotranslation bool!=false, autotranslationdisabled bool!=false`,
    key: 'channelid, userid',
    indexes: {
      idx_channelmembers_autotranslation_enabled: 'channelid where autotranslation = true',
      idx_channelmembers_channel_id_scheme_guest_user_id: 'channelid, schemeguest, userid',
      idx_channelmembers_user_id_channel_id_last_viewed_at: 'userid, channelid, lastviewedat',
    },
  },
  channelmemberhistory: {
    columns: `channelid 26, userid 26, jointime bigint, leavetime bigint`,
    key: 'channelid, userid, jointime',
  },
  publicchannels: {
    columns: `id 26, deleteat bigint, teamid 26, displayname 64, name 64, header 1024, purpose 250`,
    key: 'id',
    unique: ['name, teamid'],
    indexes: {
      idx_publicchannels_delete_at: 'deleteat',
      idx_publicchannels_displayname_lower: 'lower(displayname)',
      idx_publicchannels_name_lower: 'lower(name)',
      idx_publicchannels_team_id: 'teamid',
    },
    search: {
      idx_publicchannels_search_txt: 'name displayname purpose',
    },
  },
  channelbookmarks: {
    columns: `
      id 26, ownerid 26!, channelid 26!, fileinfoid 26, createat bigint=0, updateat bigint=0,
      deleteat bigint=0, displayname text='', sortorder int=0, linkurl text, imageurl text, emoji 64,
      type channel_bookmark_type=link, originalid 26, parentid 26`,
    key: 'id',
    indexes: {
      idx_channelbookmarks_channelid: 'channelid',
      idx_channelbookmarks_delete_at: 'deleteat',
      idx_channelbookmarks_update_at: 'updateat',
    },
  },
  sidebarcategories: {
    columns: `
      id 128, userid 26, teamid 26, sortorder bigint, sorting 64, type 64, displayname 64, muted bool,
      collapsed bool`,
    key: 'id',
    indexes: {
      idx_sidebarcategories_userid_teamid: 'userid, teamid',
    },
  },
  sidebarchannels: {
    columns: `channelid 26, userid 26, categoryid 128, sortorder bigint`,
    key: 'channelid, userid, categoryid',
    indexes: {
      idx_sidebarchannels_categoryid: 'categoryid',
    },
  },
};
