import type { TableGroup } from './notation.ts';

/** Who may sign in, how, and what is remembered of them. */
export const usersTables: TableGroup = {
  users: {
    columns: `
      id 26, createat bigint, updateat bigint, deleteat bigint, username 64, password 128, authdata 128,
      authservice 32, email 128, emailverified bool, nickname 64, firstname 64, lastname 64, roles 256,
      allowmarketing bool, props jsonb, notifyprops jsonb, lastpasswordupdate bigint,
      lastpictureupdate bigint, failedattempts int, locale 5, mfaactive bool, mfasecret 128, position 128,
      timezone jsonb, remoteid 26, lastlogin bigint!=0, mfausedtimestamps jsonb`,
    key: 'id',
    unique: ['authdata', 'email', 'username'],
    indexes: {
      idx_users_create_at: 'createat',
      idx_users_delete_at: 'deleteat',
      idx_users_email_lower_textpattern: 'lower(email) text_pattern_ops',
      idx_users_firstname_lower_textpattern: 'lower(firstname) text_pattern_ops',
      idx_users_id_locale: 'id, locale',
      idx_users_lastname_lower_textpattern: 'lower(lastname) text_pattern_ops',
      idx_users_nickname_lower_textpattern: 'lower(nickname) text_pattern_ops',
      idx_users_update_at: 'updateat',
      idx_users_username_lower_textpattern: 'lower(username) text_pattern_ops',
    },
    search: {
      idx_users_all_no_full_name_txt: 'username nickname email',
      idx_users_all_txt: 'username firstname lastname nickname email',
      idx_users_names_no_full_name_txt: 'username nickname',
      idx_users_names_txt: 'username firstname lastname nickname',
    },
  },
  sessions: {
    columns: `
      id 26, token 26, createat bigint, expiresat bigint, lastactivityat bigint, userid 26, deviceid 512,
      roles 256, isoauth bool, props jsonb, expirednotify bool`,
    key: 'id',
    indexes: {
      idx_sessions_create_at: 'createat',
      idx_sessions_expires_at: 'expiresat',
      idx_sessions_last_activity_at: 'lastactivityat',
      idx_sessions_token: 'token',
      idx_sessions_user_id: 'userid',
    },
  },
  tokens: {
    columns: `token 64, createat bigint, type 64, extra 2048`,
    key: 'token',
  },
  useraccesstokens: {
    columns: `id 26, token 26, userid 26, description 512, isactive bool`,
    key: 'id',
    unique: ['token'],
    indexes: {
      idx_user_access_tokens_user_id: 'userid',
    },
  },
  desktoptokens: {
    columns: `token 64, createat bigint!, userid 26!`,
    key: 'token',
    indexes: {
      idx_desktoptokens_token_createat: 'token, createat',
    },
  },
  oauthapps: {
    columns: `
      id 26, creatorid 26, createat bigint, updateat bigint, clientsecret 128, name 64, description 512,
      callbackurls 1024, homepage 256, istrusted bool, iconurl 512, mattermostappid 32!='',
      isdynamicallyregistered bool=false`,
    key: 'id',
    indexes: {
      idx_oauthapps_creator_id: 'creatorid',
    },
  },
  oauthauthdata: {
    columns: `
      clientid 26, userid 26, code 128, expiresin int, createat bigint, redirecturi 256, state 1024,
      scope 128, codechallenge 128='', codechallengemethod 10='', resource 512=''`,
    key: 'code',
  },
  oauthaccessdata: {
    columns: `
      token 26, refreshtoken 26, redirecturi 256, clientid 26, userid 26, expiresat bigint, scope 128,
      audience 512=''`,
    key: 'token',
    unique: ['clientid, userid'],
    indexes: {
      idx_oauthaccessdata_refresh_token: 'refreshtoken',
      idx_oauthaccessdata_user_id: 'userid',
    },
  },
  outgoingoauthconnections: {
    columns: `
      id 26, name 64, creatorid 26, createat bigint, updateat bigint, clientid 255, clientsecret 255,
      credentialsusername 255, credentialspassword 255, oauthtokenurl text,
      granttype outgoingoauthconnections_granttype=client_credentials, audiences 1024`,
    key: 'id',
    indexes: {
      idx_outgoingoauthconnections_name: 'name',
    },
  },
  bots: {
    columns: `
      userid 26, description 1024, ownerid 190, createat bigint, updateat bigint, deleteat bigint,
      lasticonupdate bigint`,
    key: 'userid',
  },
  status: {
    columns: `userid 26, status 32, manual bool, lastactivityat bigint, dndendtime bigint, prevstatus 32`,
    key: 'userid',
    indexes: {
      idx_status_status_dndendtime: 'status, dndendtime',
    },
  },
  preferences: {
    columns: `userid 26, category 32, name 32, value text`,
    key: 'userid, category, name',
    indexes: {
      idx_preferences_category: 'category',
      idx_preferences_name: 'name',
    },
    vacuumOften: true,
  },
  termsofservice: {
    columns: `id 26, createat bigint, userid 26, text 65535`,
    key: 'id',
  },
  usertermsofservice: {
    columns: `userid 26, termsofserviceid 26, createat bigint`,
    key: 'userid',
  },
  audits: {
    columns: `id 26, createat bigint, userid 26, action 512, extrainfo 1024, ipaddress 64, sessionid 26`,
    key: 'id',
    indexes: {
      idx_audits_user_id: 'userid',
    },
  },
};
