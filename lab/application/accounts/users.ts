import type { App } from '../app.ts';
import { userNotFound } from '../http/api-error.ts';

export interface UserRow {
  id: string;
  createat: number;
  updateat: number;
  deleteat: number;
  username: string;
  password: string;
  authdata: string | null;
  authservice: string;
  email: string;
  emailverified: boolean;
  nickname: string;
  firstname: string;
  lastname: string;
  position: string;
  roles: string;
  props: Record<string, string> | null;
  notifyprops: Record<string, string> | null;
  lastpasswordupdate: number;
  lastpictureupdate: number;
  failedattempts: number;
  locale: string;
  mfaactive: boolean;
  mfasecret: string;
  timezone: Record<string, string> | null;
  remoteid: string | null;
  mfausedtimestamps: unknown;
  /** From `bots`, where the user is one. */
  botdescription: string | null;
  isbot: boolean;
}

const SELECT_USERS = `
  SELECT u.id, u.createat, u.updateat, u.deleteat, u.username, u.password, u.authdata, u.authservice, u.email,
    u.emailverified, u.nickname, u.firstname, u.lastname, u.position, u.roles, u.props, u.notifyprops,
    u.lastpasswordupdate, u.lastpictureupdate, u.failedattempts, u.locale, u.mfaactive, u.mfasecret, u.timezone,
    u.remoteid, u.mfausedtimestamps, b.description AS botdescription, b.userid IS NOT NULL AS isbot
  FROM users u LEFT JOIN bots b ON b.userid = u.id`;

export async function requireUser(app: App, id: string): Promise<UserRow> {
  const user = await app.db.one<UserRow>(`${SELECT_USERS} WHERE u.id = $1`, [id]);
  if (!user) throw userNotFound();
  return user;
}

export async function findUserByLogin(app: App, loginId: string): Promise<UserRow | undefined> {
  const { EnableSignInWithEmail, EnableSignInWithUsername } = app.settings.EmailSettings;
  return app.db.one<UserRow>(
    `${SELECT_USERS} WHERE ($2 AND lower(u.email) = lower($1)) OR ($3 AND lower(u.username) = lower($1)) LIMIT 1`,
    [loginId.trim(), EnableSignInWithEmail, EnableSignInWithUsername],
  );
}

export async function findUserByAuth(
  app: App,
  service: string,
  authData: string,
): Promise<UserRow | undefined> {
  return app.db.one<UserRow>(`${SELECT_USERS} WHERE u.authdata = $1 AND u.authservice = $2`, [
    authData,
    service,
  ]);
}

export async function findUsers(
  app: App,
  by: 'id' | 'username',
  values: readonly string[],
): Promise<UserRow[]> {
  if (values.length === 0) return [];
  return by === 'id'
    ? app.db.rows<UserRow>(`${SELECT_USERS} WHERE u.id = ANY($1) ORDER BY u.username`, [values])
    : app.db.rows<UserRow>(`${SELECT_USERS} WHERE u.username = ANY($1) ORDER BY u.username`, [
        values.map((name) => name.toLowerCase()),
      ]);
}

/** Users in order of name; of a team or a channel where one is given. */
export async function listUsers(
  app: App,
  filter: { teamId?: string | undefined; channelId?: string | undefined; limit: number; offset: number },
): Promise<UserRow[]> {
  return app.db.planned<UserRow>(
    `${SELECT_USERS}
     WHERE ($1::text IS NULL OR u.id IN (SELECT userid FROM teammembers WHERE teamid = $1 AND deleteat = 0))
       AND ($2::text IS NULL OR u.id IN (SELECT userid FROM channelmembers WHERE channelid = $2))
     ORDER BY u.username LIMIT $3 OFFSET $4`,
    [filter.teamId ?? null, filter.channelId ?? null, filter.limit, filter.offset],
  );
}

export async function searchUsers(
  app: App,
  term: string,
  teamId: string | null,
  limit: number,
): Promise<UserRow[]> {
  return app.db.planned<UserRow>(
    `${SELECT_USERS}
     WHERE u.deleteat = 0 AND (lower(u.username) LIKE $1 OR lower(u.firstname) LIKE $1 OR lower(u.lastname) LIKE $1
       OR lower(u.nickname) LIKE $1)
       AND ($2::text IS NULL OR u.id IN (SELECT userid FROM teammembers WHERE teamid = $2 AND deleteat = 0))
     ORDER BY u.username LIMIT $3`,
    [
      `${term
        .toLowerCase()
        .replace(/^@/, '')
        .replace(/[%_\\]/g, '\\$&')}%`,
      teamId,
      limit,
    ],
  );
}

/** A user as the API shows them to themselves and to admins. */
export function ownUserJson(user: UserRow): object {
  return {
    ...identityFields(user),
    ...(user.authdata !== null && { auth_data: user.authdata }),
    auth_service: user.authservice,
    email: user.email,
    ...(user.emailverified && { email_verified: true }),
    ...nameFields(user),
    ...customProps(user),
    ...(user.notifyprops && Object.keys(user.notifyprops).length > 0 && { notify_props: user.notifyprops }),
    ...(user.lastpasswordupdate > 0 && { last_password_update: user.lastpasswordupdate }),
    ...(user.lastpictureupdate > 0 && { last_picture_update: user.lastpictureupdate }),
    ...(user.failedattempts > 0 && { failed_attempts: user.failedattempts }),
    ...placeFields(user),
    ...(user.mfaactive && { mfa_active: true }),
    ...originFields(user),
  };
}

/** A user as the API shows them to others. */
export function publicUserJson(app: App, user: UserRow): object {
  const { ShowEmailAddress, ShowFullName } = app.settings.PrivacySettings;
  const shown = ShowFullName ? user : { ...user, firstname: '', lastname: '' };
  return {
    ...identityFields(user),
    auth_data: '',
    auth_service: '',
    email: ShowEmailAddress ? user.email : '',
    ...nameFields(shown),
    ...customProps(user),
    ...(user.lastpictureupdate > 0 && { last_picture_update: user.lastpictureupdate }),
    ...placeFields(user),
    ...originFields(user),
  };
}

const identityFields = (user: UserRow): object => ({
  id: user.id,
  create_at: user.createat,
  update_at: user.updateat,
  delete_at: user.deleteat,
  username: user.username,
});

const nameFields = (user: UserRow): object => ({
  nickname: user.nickname,
  first_name: user.firstname,
  last_name: user.lastname,
  position: user.position,
  roles: user.roles,
});

const customProps = ({ props }: UserRow): object => (props && Object.keys(props).length > 0 ? { props } : {});

const placeFields = (user: UserRow): object => ({ locale: user.locale, timezone: user.timezone });

const originFields = (user: UserRow): object => ({
  remote_id: user.remoteid ?? '',
  ...(user.isbot && { is_bot: true, ...(user.botdescription && { bot_description: user.botdescription }) }),
  disable_welcome_email: false,
});
