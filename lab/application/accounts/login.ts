import type { App } from '../app.ts';
import { ApiError } from '../http/api-error.ts';
import { log } from '../log.ts';
import { recordAudit } from './audit.ts';
import { isPassword } from './password.ts';
import { findTotpStep } from './totp.ts';
import { findUserByLogin, type UserRow } from './users.ts';

/** Checks a sign-in by name and password, with a TOTP code where the user has one. Rejects with an ApiError. */
export async function checkLogin(
  app: App,
  { loginId, password, code }: { loginId: string; password: string; code: string },
): Promise<UserRow> {
  if (password === '')
    throw new ApiError(400, 'api.user.login.blank_pwd.app_error', 'Password field must not be blank');
  const user = await findUserByLogin(app, loginId);
  if (!user) throw invalidCredentials(app);
  refuseBeforePassword(app, user);
  if (!(await matches(password, user))) {
    await countFailure(app, user);
    throw invalidCredentials(app);
  }
  if (user.mfaactive && app.settings.ServiceSettings.EnableMultifactorAuthentication)
    await checkCode(app, user, code);
  // Guests need a licence, and the answer does not say so.
  if (user.roles.split(' ').includes('system_guest')) throw invalidCredentials(app);
  return user;
}

/** Writes down a successful sign-in, after the row that the answer shows was read. */
export async function recordLogin(
  app: App,
  userId: string,
  sessionId: string,
  address: string,
): Promise<void> {
  const now = Date.now();
  await app.db.rows('UPDATE users SET failedattempts = 0, lastlogin = $1, updateat = $1 WHERE id = $2', [
    now,
    userId,
  ]);
  await recordAudit(app, {
    userId,
    sessionId,
    address,
    action: '/api/v4/users/login',
    info: 'authenticated',
  });
}

function refuseBeforePassword(app: App, user: UserRow): void {
  if (user.deleteat > 0) {
    throw new ApiError(
      401,
      'api.user.login.inactive.app_error',
      'Login failed because your account has been deactivated. Please contact an administrator.',
    );
  }
  if (user.isbot)
    throw new ApiError(401, 'api.user.login.bot_login_forbidden.app_error', 'Bot login is forbidden.');
  if (user.failedattempts >= app.settings.ServiceSettings.MaximumLoginAttempts) {
    throw new ApiError(
      401,
      'api.user.check_user_login_attempts.too_many.app_error',
      'Your account is locked because of too many failed password attempts. Please reset your password.',
    );
  }
  if (user.authservice !== '' && user.authservice !== 'email') throw invalidCredentials(app);
}

async function matches(password: string, user: UserRow): Promise<boolean> {
  try {
    return await isPassword(password, user.password);
  } catch (error) {
    log.error(`Cannot check the password of ${user.username}`, { error });
    return false;
  }
}

async function checkCode(app: App, user: UserRow, code: string): Promise<void> {
  if (code === '') throw new ApiError(401, 'mfa.validate_token.authenticate.app_error', 'Invalid MFA token.');
  const step = findTotpStep(user.mfasecret, code);
  if (step === undefined || !(await spendStep(app, user.id, step))) {
    await countFailure(app, user);
    throw new ApiError(401, 'api.user.check_user_mfa.bad_code.app_error', 'Invalid MFA token.');
  }
}

/** Marks a time step as used, in one statement so that two sign-ins at once cannot both use it. */
async function spendStep(app: App, userId: string, step: number): Promise<boolean> {
  const spent = await app.db.rows(
    `UPDATE users SET mfausedtimestamps = (
       SELECT jsonb_agg(used ORDER BY used DESC) FROM (
         SELECT $2::bigint AS used UNION SELECT value::bigint FROM jsonb_array_elements_text(
           CASE jsonb_typeof(mfausedtimestamps) WHEN 'array' THEN mfausedtimestamps ELSE '[]' END)
         ORDER BY used DESC LIMIT 5) newest)
     WHERE id = $1 AND NOT coalesce(mfausedtimestamps @> to_jsonb($2::bigint), false) RETURNING id`,
    [userId, step],
  );
  return spent.length > 0;
}

async function countFailure(app: App, user: UserRow): Promise<void> {
  await app.db.rows('UPDATE users SET failedattempts = failedattempts + 1 WHERE id = $1', [user.id]);
}

/** The one answer to every bad pair of name and password; its words depend on how one may sign in. */
function invalidCredentials({ settings }: App): ApiError {
  const { EnableSignInWithEmail: byEmail, EnableSignInWithUsername: byUsername } = settings.EmailSettings;
  const hasSso = [
    settings.GitLabSettings,
    settings.OpenIdSettings,
    settings.LdapSettings,
    settings.SamlSettings,
  ].some(({ Enable }) => Enable);
  if (hasSso) {
    return new ApiError(
      401,
      'api.user.login.invalid_credentials_sso',
      'Enter a valid email or username and/or password, or sign in using another method.',
    );
  }
  const by = byEmail && byUsername ? 'email_username' : byUsername ? 'username' : 'email';
  const words = { email_username: 'email or username', username: 'username', email: 'email' }[by];
  return new ApiError(
    401,
    `api.user.login.invalid_credentials_${by}`,
    `Enter a valid ${words} and/or password.`,
  );
}
