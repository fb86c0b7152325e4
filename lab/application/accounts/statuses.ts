import type { Database } from '../database.ts';

export interface Status {
  user_id: string;
  status: string;
  manual: boolean;
  last_activity_at: number;
  dnd_end_time: number;
}

const WRITE_EVERY_MS = 60_000;

/** Who is online, away or offline: kept in memory while people are active, in `status` for everyone. */
export class Statuses {
  readonly #db: Database;
  readonly #live = new Map<string, Status & { writtenAt: number }>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** At start nobody is connected yet; what people chose by hand stays. */
  async resetAll(): Promise<void> {
    await this.#db.rows(`UPDATE status SET status = 'offline' WHERE NOT manual AND status <> 'offline'`);
  }

  /** Notes activity; resolves to true when the user's status has changed by it. */
  async touch(userId: string): Promise<boolean> {
    const now = Date.now();
    const known = this.#live.get(userId) ?? (await this.#load(userId));
    const changed = !known.manual && known.status !== 'online';
    if (!known.manual) known.status = 'online';
    known.last_activity_at = now;
    this.#live.set(userId, known);
    if (changed || now - known.writtenAt > WRITE_EVERY_MS) await this.#write(known);
    return changed;
  }

  async set(userId: string, status: string, manual: boolean): Promise<Status> {
    const known = this.#live.get(userId) ?? (await this.#load(userId));
    known.status = status;
    known.manual = manual;
    this.#live.set(userId, known);
    await this.#write(known);
    return strip(known);
  }

  async setOffline(userId: string): Promise<boolean> {
    const known = this.#live.get(userId);
    if (!known || known.manual) return false;
    await this.set(userId, 'offline', false);
    return true;
  }

  /** One per id that has a status, in the order of the ids. */
  async find(ids: readonly string[]): Promise<Status[]> {
    const missing = ids.filter((id) => !this.#live.has(id));
    const stored = missing.length > 0 ? await this.#read(missing) : [];
    const byId = new Map(stored.map((status) => [status.user_id, status]));
    return ids.map((id) => {
      const live = this.#live.get(id);
      return live ? strip(live) : (byId.get(id) ?? offline(id));
    });
  }

  async #load(userId: string): Promise<Status & { writtenAt: number }> {
    const [stored] = await this.#read([userId]);
    return { ...(stored ?? offline(userId)), writtenAt: 0 };
  }

  #read(ids: readonly string[]): Promise<Status[]> {
    return this.#db.rows<Status>(
      `SELECT userid AS user_id, status, manual, lastactivityat AS last_activity_at, dndendtime AS dnd_end_time
       FROM status WHERE userid = ANY($1)`,
      [ids],
    );
  }

  async #write(status: Status & { writtenAt: number }): Promise<void> {
    status.writtenAt = Date.now();
    await this.#db.rows(
      `INSERT INTO status (userid, status, manual, lastactivityat, dndendtime, prevstatus) VALUES ($1, $2, $3, $4, 0, '')
       ON CONFLICT (userid) DO UPDATE SET status = $2, manual = $3, lastactivityat = $4`,
      [status.user_id, status.status, status.manual, status.last_activity_at],
    );
  }
}

const offline = (userId: string): Status => ({
  user_id: userId,
  status: 'offline',
  manual: false,
  last_activity_at: 0,
  dnd_end_time: 0,
});

const strip = ({ user_id, status, manual, last_activity_at, dnd_end_time }: Status): Status => ({
  user_id,
  status,
  manual,
  last_activity_at,
  dnd_end_time,
});
