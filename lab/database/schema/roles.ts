import type { TableGroup } from './notation.ts';

/** What people may do, alone and in groups. */
export const rolesTables: TableGroup = {
  roles: {
    columns: `
      id 26, name 64, displayname 128, description 1024, createat bigint, updateat bigint,
      deleteat bigint, permissions text, schememanaged bool, builtin bool, schemeid 26`,
    key: 'id',
    unique: ['name'],
    indexes: {
      idx_roles_scheme_id: 'schemeid',
    },
  },
  schemes: {
    columns: `
      id 26, name 64, displayname 128, description 1024, createat bigint, updateat bigint,
      deleteat bigint, scope 32, defaultteamadminrole 64, defaultteamuserrole 64,
      defaultchanneladminrole 64, defaultchanneluserrole 64, defaultteamguestrole 64,
      defaultchannelguestrole 64, defaultplaybookadminrole 64='', defaultplaybookmemberrole 64='',
      defaultrunadminrole 64='', defaultrunmemberrole 64=''`,
    key: 'id',
    unique: ['name'],
    indexes: {
      idx_schemes_channel_admin_role: 'defaultchanneladminrole',
      idx_schemes_channel_guest_role: 'defaultchannelguestrole',
      idx_schemes_channel_user_role: 'defaultchanneluserrole',
    },
  },
  usergroups: {
    columns: `
      id 26, name 64, displayname 128, description 1024, source 64, remoteid 48, createat bigint,
      updateat bigint, deleteat bigint, allowreference bool`,
    key: 'id',
    unique: ['name', 'source, remoteid'],
    indexes: {
      idx_usergroups_delete_at: 'deleteat',
      idx_usergroups_displayname: 'displayname',
      idx_usergroups_remote_id: 'remoteid',
    },
  },
  groupmembers: {
    columns: `groupid 26, userid 26, createat bigint, deleteat bigint`,
    key: 'groupid, userid',
    indexes: {
      idx_groupmembers_create_at: 'createat',
    },
  },
  groupteams: {
    columns: `
      groupid 26, autoadd bool, schemeadmin bool, createat bigint, deleteat bigint, updateat bigint,
      teamid 26`,
    key: 'groupid, teamid',
    indexes: {
      idx_groupteams_schemeadmin: 'schemeadmin',
      idx_groupteams_teamid: 'teamid',
    },
  },
  groupchannels: {
    columns: `
      groupid 26, autoadd bool, schemeadmin bool, createat bigint, deleteat bigint, updateat bigint,
      channelid 26`,
    key: 'groupid, channelid',
    indexes: {
      idx_groupchannels_channelid: 'channelid',
      idx_groupchannels_schemeadmin: 'schemeadmin',
    },
  },
  accesscontrolpolicies: {
    columns: `
      id 26, name 128!, type 128!, active bool!, createat bigint!, revision int!, version 8!, data jsonb,
      props jsonb`,
    key: 'id',
    indexes: {
      idx_accesscontrolpolicies_name_type: "unique name, type where type = 'parent'",
    },
  },
  accesscontrolpolicyhistory: {
    columns: `id 26, name 128!, type 128!, createat bigint!, revision int, version 8!, data jsonb, props jsonb`,
    key: 'id, revision',
  },
};
