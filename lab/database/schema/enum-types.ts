/** Types with a closed list of values, in PostgreSQL's order. */
export const ENUM_TYPES: Readonly<Record<string, readonly string[]>> = {
  channel_type: ['P', 'G', 'O', 'D'],
  team_type: ['I', 'O'],
  upload_session_type: ['attachment', 'import'],
  channel_bookmark_type: ['link', 'file'],
  outgoingoauthconnections_granttype: ['client_credentials', 'password'],
  property_field_type: ['text', 'select', 'multiselect', 'date', 'user', 'multiuser'],
};
