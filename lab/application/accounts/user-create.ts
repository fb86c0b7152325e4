import type { App } from '../app.ts';
import { ApiError } from '../http/api-error.ts';
import { newId } from '../ids.ts';
import { requireUser, type UserRow } from './users.ts';

export interface NewUser {
  readonly username: string;
  readonly email: string;
  /** In its stored form; empty for those who sign in elsewhere. */
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly nickname: string;
  readonly authService: string;
  readonly authData: string | null;
}

const NOTIFY_PROPS = {
  channel: 'true',
  comments: 'never',
  desktop: 'mention',
  desktop_sound: 'true',
  desktop_threads: 'all',
  email: 'true',
  email_threads: 'all',
  first_name: 'false',
  mention_keys: '',
  push: 'mention',
  push_status: 'online',
  push_threads: 'all',
};

const TIMEZONE = { automaticTimezone: '', manualTimezone: '', useAutomaticTimezone: 'true' };

/** Adds an ordinary user. Rejects with the API's error when name or e-mail is taken. */
export async function insertUser(app: App, user: NewUser): Promise<UserRow> {
  const id = newId();
  const now = Date.now();
  try {
    await app.db.rows(
      `INSERT INTO users (id, createat, updateat, deleteat, username, password, authdata, authservice, email, emailverified,
         nickname, firstname, lastname, position, roles, allowmarketing, props, notifyprops, lastpasswordupdate,
         lastpictureupdate, failedattempts, locale, mfaactive, mfasecret, timezone, remoteid, lastlogin, mfausedtimestamps)
       VALUES ($1, $2, $2, 0, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 'system_user', false, '{}', $12, $2, 0, 0, $13, false,
         '', $14, NULL, 0, '[]')`,
      [
        id,
        now,
        user.username,
        user.password,
        user.authData,
        user.authService,
        user.email,
        user.authService !== '',
        user.nickname,
        user.firstName,
        user.lastName,
        NOTIFY_PROPS,
        app.settings.LocalizationSettings.DefaultClientLocale,
        TIMEZONE,
      ],
    );
  } catch (error) {
    throw nameTaken(error);
  }
  return requireUser(app, id);
}

function nameTaken(error: unknown): unknown {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined;
  if (constraint === 'users_email_key') {
    return new ApiError(
      400,
      'app.user.save.email_exists.app_error',
      'An account with that email already exists.',
    );
  }
  if (constraint === 'users_username_key') {
    return new ApiError(
      400,
      'app.user.save.username_exists.app_error',
      'An account with that username already exists.',
    );
  }
  return error;
}
