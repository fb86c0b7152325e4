import type { Database } from '../database.ts';
import { newId } from '../ids.ts';
import type { Settings } from '../settings-defaults.ts';

export interface Session {
  readonly id: string;
  readonly token: string;
  readonly userId: string;
  readonly roles: string;
  readonly csrf: string;
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly deviceId: string;
  lastActivityAt: number;
}

interface SessionRow {
  id: string;
  token: string;
  userid: string;
  roles: string;
  expiresat: number;
  createat: number;
  lastactivityat: number;
  deviceid: string;
  props: Record<string, string> | null;
}

// Short enough that a session removed by SQL is soon refused, long enough to spare a query per request.
const CACHE_MS = 15_000;
const ACTIVITY_EVERY_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;

/** The rows of `sessions`, and personal access tokens, with a short-lived cache by token. */
export class Sessions {
  readonly #db: Database;
  readonly #settings: Settings;
  readonly #cache = new Map<string, { session: Session | undefined; until: number }>();

  constructor(db: Database, settings: Settings) {
    this.#db = db;
    this.#settings = settings;
  }

  async find(token: string): Promise<Session | undefined> {
    const now = Date.now();
    const cached = this.#cache.get(token);
    let session = cached && cached.until > now ? cached.session : await this.#load(token);
    if (!cached || cached.until <= now) this.#remember(token, session);
    if (session && session.expiresAt > 0 && session.expiresAt < now) session = undefined;
    if (session && now - session.lastActivityAt > ACTIVITY_EVERY_MS) {
      session.lastActivityAt = now;
      await this.#db.rows('UPDATE sessions SET lastactivityat = $1 WHERE id = $2', [now, session.id]);
    }
    return session;
  }

  async create(
    user: { id: string; roles: string },
    client: { isOAuth: boolean; userAgent: string; deviceId: string },
  ): Promise<Session> {
    const now = Date.now();
    const hours = client.isOAuth
      ? this.#settings.ServiceSettings.SessionLengthSSOInHours
      : this.#settings.ServiceSettings.SessionLengthWebInHours;
    const session: Session = {
      id: newId(),
      token: newId(),
      userId: user.id,
      roles: user.roles,
      csrf: newId(),
      createdAt: now,
      expiresAt: now + hours * HOUR_MS,
      lastActivityAt: now,
      deviceId: client.deviceId,
    };
    const props = {
      csrf: session.csrf,
      platform: 'Unknown',
      os: '',
      browser: client.userAgent.slice(0, 64),
      isMobile: 'false',
      isOAuthUser: String(client.isOAuth),
      isSaml: 'false',
      is_guest: String(user.roles.includes('system_guest')),
    };
    await this.#db.rows(
      `INSERT INTO sessions (id, token, createat, expiresat, lastactivityat, userid, deviceid, roles, isoauth, props, expirednotify)
       VALUES ($1, $2, $3, $4, $3, $5, $6, $7, $8, $9, false)`,
      [
        session.id,
        session.token,
        now,
        session.expiresAt,
        user.id,
        client.deviceId,
        user.roles,
        client.isOAuth,
        props,
      ],
    );
    this.#remember(session.token, session);
    return session;
  }

  /** Ends one session, or all of a user. */
  async revoke(by: { id: string } | { userId: string }): Promise<void> {
    if ('id' in by) await this.#db.rows('DELETE FROM sessions WHERE id = $1', [by.id]);
    else await this.#db.rows('DELETE FROM sessions WHERE userid = $1', [by.userId]);
    this.clearCache();
  }

  async revokeAll(): Promise<void> {
    await this.#db.rows('DELETE FROM sessions');
    this.clearCache();
  }

  clearCache(): void {
    this.#cache.clear();
  }

  #remember(token: string, session: Session | undefined): void {
    if (this.#cache.size > 10_000) this.#cache.clear();
    this.#cache.set(token, { session, until: Date.now() + CACHE_MS });
  }

  async #load(token: string): Promise<Session | undefined> {
    const row = await this.#db.one<SessionRow>(
      `SELECT id, token, userid, roles, expiresat, createat, lastactivityat, deviceid, props FROM sessions WHERE token = $1`,
      [token],
    );
    if (row) {
      return {
        id: row.id,
        token: row.token,
        userId: row.userid,
        roles: row.roles,
        csrf: row.props?.['csrf'] ?? '',
        expiresAt: row.expiresat,
        createdAt: row.createat,
        lastActivityAt: row.lastactivityat,
        deviceId: row.deviceid,
      };
    }
    return this.#settings.ServiceSettings.EnableUserAccessTokens ? this.#loadAccessToken(token) : undefined;
  }

  async #loadAccessToken(token: string): Promise<Session | undefined> {
    const row = await this.#db.one<{ id: string; userid: string; roles: string }>(
      `SELECT t.id, t.userid, u.roles FROM useraccesstokens t JOIN users u ON u.id = t.userid
       WHERE t.token = $1 AND t.isactive AND u.deleteat = 0`,
      [token],
    );
    if (!row) return undefined;
    const now = Date.now();
    return {
      id: row.id,
      token,
      userId: row.userid,
      roles: row.roles,
      csrf: '',
      expiresAt: 0,
      createdAt: now,
      lastActivityAt: now,
      deviceId: '',
    };
  }
}
