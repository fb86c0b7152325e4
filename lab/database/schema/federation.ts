import type { TableGroup } from './notation.ts';

/** Other servers: cluster nodes and connected workspaces. */
export const federationTables: TableGroup = {
  remoteclusters: {
    columns: `
      remoteid 26, remoteteamid 26, name 64, displayname 64, siteurl 512, createat bigint,
      lastpingat bigint, token 26, remotetoken 26, topics 512, creatorid 26, pluginid 190!='',
      options smallint!=0, defaultteamid 26='', deleteat bigint=0, lastglobalusersyncat bigint=0`,
    key: 'remoteid, name',
  },
  sharedchannels: {
    columns: `
      channelid 26, teamid 26, home bool, readonly bool, sharename 64, sharedisplayname 64,
      sharepurpose 250, shareheader 1024, creatorid 26, createat bigint, updateat bigint, remoteid 26`,
    key: 'channelid',
    unique: ['sharename, teamid'],
  },
  sharedchannelremotes: {
    columns: `
      id 26, channelid 26, creatorid 26, createat bigint, updateat bigint, isinviteaccepted bool,
      isinviteconfirmed bool, remoteid 26, lastpostupdateat bigint, lastpostid 26,
      lastpostcreateat bigint!=0, lastpostcreateid 26, deleteat bigint=0, lastmemberssyncat bigint=0`,
    key: 'id, channelid',
    unique: ['channelid, remoteid'],
  },
  sharedchannelusers: {
    columns: `
      id 26, userid 26, remoteid 26, createat bigint, lastsyncat bigint, channelid 26,
      lastmembershipsyncat bigint=0`,
    key: 'id',
    unique: ['userid, channelid, remoteid'],
    indexes: {
      idx_sharedchannelusers_remote_id: 'remoteid',
    },
  },
  sharedchannelattachments: {
    columns: `id 26, fileid 26, remoteid 26, createat bigint, lastsyncat bigint`,
    key: 'id',
    unique: ['fileid, remoteid'],
  },
  clusterdiscovery: {
    columns: `
      id 26, type 64, clustername 64, hostname 512, gossipport int, port int, createat bigint,
      lastpingat bigint`,
    key: 'id',
  },
};
