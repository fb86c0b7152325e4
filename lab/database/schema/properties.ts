import type { TableGroup } from './notation.ts';

/** Custom attributes of people and things, and recaps. */
export const propertiesTables: TableGroup = {
  propertygroups: {
    columns: `id 26, name 64!`,
    key: 'id',
    unique: ['name'],
  },
  propertyfields: {
    columns: `
      id 26, groupid 26!, name 255!, type property_field_type, attrs jsonb, targetid 255, targettype 255,
      createat bigint!, updateat bigint!, deleteat bigint!`,
    key: 'id',
    indexes: {
      idx_propertyfields_create_at_id: 'createat, id',
      idx_propertyfields_unique: 'unique groupid, targetid, name where deleteat = 0',
    },
  },
  propertyvalues: {
    columns: `
      id 26, targetid 255!, targettype 255!, groupid 26!, fieldid 26!, value jsonb!, createat bigint!,
      updateat bigint!, deleteat bigint!`,
    key: 'id',
    indexes: {
      idx_propertyvalues_create_at_id: 'createat, id',
      idx_propertyvalues_targetid_groupid: 'targetid, groupid',
      idx_propertyvalues_unique: 'unique groupid, targetid, fieldid where deleteat = 0',
    },
  },
  recaps: {
    columns: `
      id 26, userid 26!, title 255!, createat bigint!, updateat bigint!, deleteat bigint!,
      totalmessagecount int!, status 32!, readat bigint!=0, botid 26!=''`,
    key: 'id',
    indexes: {
      idx_recaps_bot_id: 'botid',
      idx_recaps_create_at: 'createat',
      idx_recaps_user_id: 'userid',
      idx_recaps_user_id_delete_at: 'userid, deleteat',
      idx_recaps_user_id_read_at: 'userid, readat',
    },
  },
  recapchannels: {
    columns: `
      id 26, recapid 26!, channelid 26!, channelname 64!, highlights text, actionitems text,
      sourcepostids text, createat bigint!`,
    key: 'id',
    indexes: {
      idx_recap_channels_channel_id: 'channelid',
      idx_recap_channels_recap_id: 'recapid',
    },
    belongsTo: { recapchannels_recapid_fkey: 'recapid recaps' },
  },
};
