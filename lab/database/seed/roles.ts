import type { Row } from './insert-rows.ts';
import { createRandom } from './random.ts';

// What each role may do. Names are Mattermost's; `{a,b}_c` stands for a_c and b_c.
const BOOKMARKS = '{add,edit,delete,order}_bookmark_{public,private}_channel';
const WRITING = 'create_post upload_file use_channel_mentions use_group_mentions';
const CHANNEL_PROPERTIES =
  'manage_{public,private}_channel_{members,properties} delete_{public,private}_channel';
const OWN_INTEGRATIONS = 'manage_own_{incoming_webhooks,outgoing_webhooks,slash_commands}';
const PLAYBOOKS = 'playbook_{public,private}_manage_{members,properties,roles}';
const GROUPS = '{create,edit,delete,restore}_custom_group manage_custom_group_members';
const SECTIONS =
  `about_edition_and_license,billing,experimental_{features,feature_flags},plugins,products_boards,
  authentication_{email,guest_access,ldap,mfa,openid,password,saml,signup},
  compliance_{compliance_export,compliance_monitoring,custom_terms_of_service,data_retention_policy},
  environment_{database,developer,elasticsearch,file_storage,high_availability,image_proxy,logging,mobile_security},
  environment_{performance_monitoring,push_notification_server,rate_limiting,session_lengths,smtp,web_server},
  integrations_{bot_accounts,cors,gif,integration_management},
  reporting_{server_logs,site_statistics,team_statistics},
  site_{announcement_banner,customization,emoji,file_sharing_and_downloads,ip_filters,localization,notices},
  site_{notifications,posts,public_links,users_and_teams},
  user_management_{channels,groups,permissions,system_roles,teams,users}`.replaceAll(/\s/g, '');

const CHANNEL_USER = `${WRITING} ${BOOKMARKS} ${CHANNEL_PROPERTIES} read_channel read_channel_content
  read_{public,private}_channel_groups {add,remove}_reaction edit_post delete_post get_public_link`;
const TEAM_USER = `create_{public,private}_channel join_public_channels playbook_{public,private}_create view_team
  add_user_to_team read_public_channel list_team_channels invite_user`;
const SYSTEM_USER = `${GROUPS} create_direct_channel create_group_channel create_emojis delete_emojis view_members
  list_public_teams join_public_teams create_team`;
const CHANNEL_ADMIN = `${BOOKMARKS} ${WRITING} {add,remove}_reaction manage_{public,private}_channel_members
  manage_{public,private}_channel_{banner,auto_translation} read_{public,private}_channel_groups
  manage_channel_access_rules manage_channel_roles`;
const TEAM_ADMIN = `${CHANNEL_ADMIN} ${OWN_INTEGRATIONS} manage_others_{incoming_webhooks,outgoing_webhooks,slash_commands}
  bypass_incoming_webhook_channel_lock convert_{public,private}_channel_to_{private,public} delete_post
  delete_others_posts import_team manage_team manage_team_roles playbook_{public,private}_manage_roles
  remove_user_from_team`;
const RUNNING = 'run_create run_view run_manage_{members,properties}';
const READING = `sysconsole_read_{${SECTIONS}} get_{analytics,logs} read_{audits,bots,jobs,license_information,others_bots}
  read_other_users_teams list_{private,public}_teams`;
const ADMIN = `${CHANNEL_USER} ${TEAM_USER} ${TEAM_ADMIN} ${SYSTEM_USER} ${PLAYBOOKS} ${RUNNING} ${READING}
  sysconsole_write_{${SECTIONS}} test_{email,elasticsearch,ldap,s3,site_url} assign_{bot,system_admin_role} create_bot
  manage_{bots,others_bots,jobs,license_information,oauth,roles,system,system_wide_oauth,shared_channels}
  manage_{secure_connections,outgoing_oauth_connections} {create,read,revoke}_user_access_token edit_other_users
  edit_others_posts delete_others_emojis remove_others_reactions promote_guest demote_to_guest invite_guest
  join_private_teams list_users_without_team read_deleted_posts reload_config invalidate_caches
  recycle_database_connections create_post_{public,ephemeral} use_slash_commands`;

/** Name, and what it may do. The built-in ones are kept by the server itself. */
const ROLES: Readonly<Record<string, string>> = {
  system_admin: ADMIN,
  system_user: SYSTEM_USER,
  system_guest: 'create_direct_channel create_group_channel',
  team_admin: TEAM_ADMIN,
  team_user: TEAM_USER,
  team_guest: 'view_team',
  channel_admin: CHANNEL_ADMIN,
  channel_user: CHANNEL_USER,
  channel_guest: `use_channel_mentions read_channel read_channel_content {add,remove}_reaction create_post upload_file
    edit_post`,
  playbook_admin: PLAYBOOKS,
  playbook_member: `playbook_{public,private}_{view,manage_members,manage_properties} run_create`,
  run_admin: 'run_manage_{members,properties}',
  run_member: 'run_view',
  system_post_all: WRITING,
  system_post_all_public: 'create_post_public use_channel_mentions use_group_mentions',
  team_post_all: WRITING,
  team_post_all_public: 'create_post_public use_channel_mentions use_group_mentions',
  system_user_access_token: '{create,read,revoke}_user_access_token',
  system_manager: `${READING} sysconsole_write_{environment_{database,file_storage,logging,smtp},site_{emoji,notices}}
    test_{email,s3} manage_team manage_team_roles manage_channel_roles`,
  system_user_manager: `sysconsole_{read,write}_user_management_{channels,groups,teams} manage_team manage_team_roles
    add_user_to_team remove_user_from_team view_team`,
  system_read_only_admin: READING,
  system_custom_group_admin: GROUPS,
  shared_channel_manager: 'manage_shared_channels',
  secure_connection_manager: 'manage_secure_connections',
  custom_group_user: '',
};

const KEPT_BY_THE_SERVER =
  /^(system_(admin|user|guest)|(team|channel)_(admin|user|guest)|(playbook|run)_\w+)$/;

export function roleRows(seed: number, at: number): Row[] {
  const random = createRandom(seed, 'roles');
  return Object.entries(ROLES).map(([name, permissions]) => ({
    id: random.id(),
    name,
    displayname: `authentication.roles.${name}.name`,
    description: `authentication.roles.${name}.description`,
    createat: at,
    updateat: at,
    deleteat: 0,
    permissions: ` ${[...new Set(permissions.split(/\s+/).flatMap(expandBraces))].filter(Boolean).join(' ')}`,
    schememanaged: KEPT_BY_THE_SERVER.test(name),
    builtin: name !== 'custom_group_user',
    schemeid: null,
  }));
}

/** `{a,b}_c` gives a_c and b_c; braces may hold braces. */
export function expandBraces(text: string): string[] {
  return splitOutsideBraces(text).flatMap((part) => {
    const open = part.indexOf('{');
    if (open < 0) return [part];
    const close = findClosing(part, open);
    const endings = expandBraces(part.slice(close + 1));
    const choices = expandBraces(part.slice(open + 1, close));
    return choices.flatMap((choice) => endings.map((ending) => `${part.slice(0, open)}${choice}${ending}`));
  });
}

function splitOutsideBraces(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    depth += Number(character === '{') - Number(character === '}');
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function findClosing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    depth += Number(text[at] === '{') - Number(text[at] === '}');
    if (depth === 0) return at;
  }
  throw new TypeError(`"${text}" has an open brace`);
}
