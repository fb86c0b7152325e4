import type { TableGroup } from './notation.ts';

/** What was said, attached, planned and reacted to. */
export const messagesTables: TableGroup = {
  posts: {
    columns: `
      id 26, createat bigint, updateat bigint, deleteat bigint, userid 26, channelid 26, rootid 26,
      originalid 26, message 65535, type 26, props jsonb, hashtags 1000, filenames 4000, fileids 300,
      hasreactions bool, editat bigint, ispinned bool, remoteid 26`,
    key: 'id',
    indexes: {
      idx_posts_channel_id_delete_at_create_at: 'channelid, deleteat, createat',
      idx_posts_channel_id_update_at: 'channelid, updateat',
      idx_posts_create_at: 'createat',
      idx_posts_create_at_id: 'createat, id',
      idx_posts_delete_at: 'deleteat',
      idx_posts_is_pinned: 'ispinned',
      idx_posts_original_id: 'originalid',
      idx_posts_root_id_delete_at: 'rootid, deleteat',
      idx_posts_update_at: 'updateat',
      idx_posts_user_id: 'userid',
    },
    search: {
      idx_posts_hashtags_txt: 'hashtags',
      idx_posts_message_txt: 'message',
    },
    vacuumOften: true,
  },
  threads: {
    columns: `
      postid 26, replycount bigint, lastreplyat bigint, participants jsonb, channelid 26,
      threaddeleteat bigint, threadteamid 26`,
    key: 'postid',
    indexes: {
      idx_threads_channel_id_last_reply_at: 'channelid, lastreplyat',
    },
  },
  threadmemberships: {
    columns: `postid 26, userid 26, following bool, lastviewed bigint, lastupdated bigint, unreadmentions bigint`,
    key: 'postid, userid',
    indexes: {
      idx_thread_memberships_last_update_at: 'lastupdated',
      idx_thread_memberships_last_view_at: 'lastviewed',
      idx_thread_memberships_user_id: 'userid',
    },
    vacuumOften: true,
  },
  reactions: {
    columns: `
      userid 26, postid 26, emojiname 64, createat bigint, updateat bigint, deleteat bigint, remoteid 26,
      channelid 26!=''`,
    key: 'postid, userid, emojiname',
    indexes: {
      idx_reactions_channel_id: 'channelid',
    },
  },
  fileinfo: {
    columns: `
      id 26, creatorid 26, postid 26, createat bigint, updateat bigint, deleteat bigint, path 512,
      thumbnailpath 512, previewpath 512, name 256, extension 64, size bigint, mimetype 256, width int,
      height int, haspreviewimage bool, minipreview bytea, content text, remoteid 26,
      archived bool!=false, channelid 26`,
    key: 'id',
    indexes: {
      idx_fileinfo_channel_id_create_at: 'channelid, createat',
      idx_fileinfo_create_at: 'createat',
      idx_fileinfo_delete_at: 'deleteat',
      idx_fileinfo_extension_at: 'extension',
      idx_fileinfo_postid_at: 'postid',
      idx_fileinfo_update_at: 'updateat',
    },
    search: {
      idx_fileinfo_content_txt: 'content',
      idx_fileinfo_name_splitted: 'words(name)',
      idx_fileinfo_name_txt: 'name',
    },
    vacuumOften: true,
  },
  uploadsessions: {
    columns: `
      id 26, type upload_session_type, createat bigint, userid 26, channelid 26, filename 256, path 512,
      filesize bigint, fileoffset bigint, remoteid 26, reqfileid 26`,
    key: 'id',
    indexes: {
      idx_uploadsessions_create_at: 'createat',
      idx_uploadsessions_type: 'type',
      idx_uploadsessions_user_id: 'userid',
    },
  },
  drafts: {
    columns: `
      createat bigint, updateat bigint, deleteat bigint, userid 26, channelid 26, rootid 26='',
      message 65535, props 8000, fileids 300, priority text, type text`,
    key: 'userid, channelid, rootid',
  },
  scheduledposts: {
    columns: `
      id 26, createat bigint, updateat bigint, userid 26!, channelid 26!, rootid 26, message 65535,
      props 8000, fileids 300, priority text, scheduledat bigint!, processedat bigint, errorcode 200,
      type text`,
    key: 'id',
    indexes: {
      idx_scheduledposts_userid_channel_id_scheduled_at: 'userid, channelid, scheduledat',
    },
  },
  postreminders: {
    columns: `postid 26, userid 26, targettime bigint`,
    key: 'postid, userid',
    indexes: {
      idx_postreminders_targettime: 'targettime',
    },
  },
  postspriority: {
    columns: `postid 26, channelid 26!, priority 32!, requestedack bool, persistentnotifications bool`,
    key: 'postid',
  },
  postacknowledgements: {
    columns: `postid 26, userid 26, acknowledgedat bigint, remoteid 26='', channelid 26=''`,
    key: 'postid, userid',
  },
  persistentnotifications: {
    columns: `postid 26, createat bigint, lastsentat bigint, deleteat bigint, sentcount smallint`,
    key: 'postid',
  },
  temporaryposts: {
    columns: `postid 26, type 26!, expireat bigint!, message 65535, fileids 300`,
    key: 'postid',
    indexes: {
      idx_temporary_posts_expire_at: 'expireat',
    },
  },
  readreceipts: {
    columns: `postid 26, userid 26, expireat bigint!`,
    key: 'postid, userid',
    indexes: {
      idx_read_receipts_post_id: 'postid',
      idx_read_receipts_user_id_post_id_expire_at: 'userid, postid, expireat',
    },
  },
  translations: {
    columns: `
      objectid 26, dstlang varchar, objecttype varchar, providerid varchar!, normhash char64!, text text!,
      confidence real, meta jsonb, updateat bigint!, state 20!, channelid 26`,
    key: 'objectid, objecttype, dstlang',
    indexes: {
      idx_translations_channel_updateat: 'channelid, objecttype, updateat DESC, dstlang',
      idx_translations_state: "state where state = 'processing'",
    },
  },
  linkmetadata: {
    columns: `hash bigint, url 2048, timestamp bigint, type 16, data jsonb`,
    key: 'hash',
    indexes: {
      idx_link_metadata_url_timestamp: 'url, "timestamp"',
    },
  },
  emoji: {
    columns: `id 26, createat bigint, updateat bigint, deleteat bigint, creatorid 26, name 64`,
    key: 'id',
    unique: ['name, deleteat'],
    indexes: {
      idx_emoji_create_at: 'createat',
      idx_emoji_delete_at: 'deleteat',
      idx_emoji_update_at: 'updateat',
    },
  },
  recentsearches: {
    columns: `userid char26, searchpointer int, query jsonb, createat bigint!`,
    key: 'userid, searchpointer',
  },
};
