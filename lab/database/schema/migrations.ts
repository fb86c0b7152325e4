import type { Client } from 'pg';

/** Writes down which migrations this schema stands for: what tells a dump's server version, 11.6. */
export async function recordMigrations(client: Client): Promise<void> {
  await client.query(
    'insert into db_migrations (version, name) select * from unnest($1::bigint[], $2::text[])',
    [MIGRATIONS.map(({ version }) => version), MIGRATIONS.map(({ name }) => name)],
  );
  await client.query(
    'insert into db_config_migrations (version, name) select * from unnest($1::bigint[], $2::text[])',
    [CONFIG_MIGRATIONS.map((_, index) => index + 1), CONFIG_MIGRATIONS],
  );
}

export interface Migration {
  readonly version: number;
  readonly name: string;
}

const CONFIG_MIGRATIONS = [
  'create_configurations',
  'create_configuration_files',
  'update_configurations_sha',
];

/** There never was a migration of this number in a released server. */
const SKIPPED = 110;

const NAMES = `
  create_teams create_team_members create_cluster_discovery create_command_webhooks create_compliances
  create_emojis create_user_groups create_group_members create_group_teams create_group_channels
  create_link_metadata create_commands create_incoming_webhooks create_outgoing_webhooks
  create_systems create_reactions create_roles create_schemes create_licenses create_posts
  create_product_notice_view_state create_sessions create_terms_of_service create_audits
  create_oauth_access_data create_preferences create_status create_tokens create_bots
  create_user_access_tokens create_remote_clusters create_sharedchannels create_sidebar_channels
  create_oauthauthdata create_sharedchannelattachments create_sharedchannelusers
  create_sharedchannelremotes create_jobs create_channel_member_history create_sidebar_categories
  create_upload_sessions create_threads thread_memberships create_user_terms_of_service
  create_plugin_key_value_store create_users create_file_info create_oauth_apps create_channels
  create_channelmembers create_msg_root_count create_public_channels create_retention_policies
  create_crt_channelmembership_count create_crt_thread_count_and_unreads upgrade_channels_v6.0
  upgrade_command_webhooks_v6.0 upgrade_channelmembers_v6.0 upgrade_users_v6.0 upgrade_jobs_v6.0
  upgrade_link_metadata_v6.0 upgrade_sessions_v6.0 upgrade_threads_v6.0 upgrade_status_v6.0
  upgrade_groupchannels_v6.0 upgrade_posts_v6.0 upgrade_channelmembers_v6.1 upgrade_teammembers_v6.1
  upgrade_jobs_v6.1 upgrade_cte_v6.1 upgrade_sessions_v6.1 upgrade_schemes_v6.3
  upgrade_plugin_key_value_store_v6.3 upgrade_users_v6.3 alter_upload_sessions_index
  upgrade_lastrootpostat upgrade_users_v6.5 create_oauth_mattermost_app_id
  usergroups_displayname_index posts_createat_id threads_deleteat upgrade_oauth_mattermost_app_id
  threads_threaddeleteat recent_searches fileinfo_add_archived_column add_cloud_limits_archived
  sidebar_categories_index remaining_migrations add-channelid-to-reaction create_enums
  create_post_reminder add_createat_to_teamembers notify_admin threads_teamid remove_posts_parentid
  threads_threadteamid create_posts_priority create_post_acknowledgements create_drafts
  add_draft_priority_column create_true_up_review_history posts_originalid_index
  add_sentat_to_notifyadmin upgrade_notifyadmin remove_tokens fileinfo_channelid
  threadmemberships_cleanup remove_orphaned_oauth_preferences create_persistent_notifications
  update_vacuuming rework_desktop_tokens create_retentionidsfordeletion_table
  sharedchannelremotes_drop_nextsyncat_description user_reporting_changes
  create_outgoing_oauth_connections msteams_shared_channels create_index_poststats
  msteams_shared_channels_opts create_channelbookmarks_table remove_true_up_review_history
  preferences_value_length remove_upload_file_permission remove_manage_team_permission
  remoteclusters_add_default_team_id sharedchannels_remotes_add_deleteat add_mfa_used_ts_to_users
  create_scheduled_posts add_property_system_architecture system_console_stats
  create_index_pagination_on_property_values create_index_pagination_on_property_fields
  add_channel_banner_fields create_access_control_policies sidebarchannels_categoryid
  create_attribute_view update_attribute_view add_default_category_name_to_channel
  remoteclusters_add_last_global_user_sync_at add_lastmemberssyncat_to_sharedchannelremotes
  add_remoteid_channelid_to_post_acknowledgements create_content_flagging_tables
  content_flagging_table_index add_dcr_fields_to_oauth_apps add_pkce_to_oauthauthdata
  add_audience_and_resource_to_oauth create_autotranslation_tables add_burn_on_read_messages
  create_recaps add_translation_state add_autotranslationdisabled_to_channelmembers
  translations_primary_key_change add_translation_channel_id drop_translation_updateat_index
  create_translation_channel_updateat_index add_schemeid_to_roles backfill_roles_schemeid
  add_roles_schemeid_index deduplicate_policy_names`;

/** 158 migrations, numbered 1 to 159. */
export const MIGRATIONS: readonly Migration[] = NAMES.trim()
  .split(/\s+/)
  .map((name, index) => ({ version: index + 1 < SKIPPED ? index + 1 : index + 2, name }));
