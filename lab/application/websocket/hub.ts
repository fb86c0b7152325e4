import type { Database } from '../database.ts';
import type { Connection } from './connection.ts';

export interface Event {
  readonly event: string;
  readonly data: Record<string, unknown>;
  readonly broadcast: Broadcast;
}

export interface Broadcast {
  readonly omit_users: Record<string, true> | null;
  readonly user_id: string;
  readonly channel_id: string;
  readonly team_id: string;
  readonly connection_id: string;
  readonly omit_connection_id: string;
  readonly contains_sanitized_data?: true;
}

const NOWHERE: Broadcast = {
  omit_users: null,
  user_id: '',
  channel_id: '',
  team_id: '',
  connection_id: '',
  omit_connection_id: '',
};

export const broadcastTo = (target: Partial<Broadcast>): Broadcast => ({ ...NOWHERE, ...target });

// Changes made through this server clear the cache at once; this bounds what other writers can hide.
const MEMBERS_CACHE_MS = 30_000;

/** Every open WebSocket, by user; knows who is in which channel and team. */
export class Hub {
  readonly #db: Database;
  readonly #byUser = new Map<string, Set<Connection>>();
  readonly #members = new Map<string, { users: Set<string>; until: number }>();

  constructor(db: Database) {
    this.#db = db;
  }

  add(connection: Connection): void {
    const connections = this.#byUser.get(connection.userId) ?? new Set();
    this.#byUser.set(connection.userId, connections.add(connection));
  }

  /** Resolves to true when this was the user's last connection. */
  remove(connection: Connection): boolean {
    const connections = this.#byUser.get(connection.userId);
    connections?.delete(connection);
    if (connections?.size) return false;
    this.#byUser.delete(connection.userId);
    return true;
  }

  isConnected(userId: string): boolean {
    return this.#byUser.has(userId);
  }

  /** Sends an event to those it concerns; `extend` adds what only one receiver may see. */
  async publish(event: Event, extend?: (userId: string) => Record<string, unknown>): Promise<void> {
    if (this.#byUser.size === 0) return;
    const { user_id, channel_id, team_id, omit_users } = event.broadcast;
    const concerned = user_id
      ? [user_id]
      : channel_id
        ? await this.#membersOf('channel', channel_id)
        : team_id
          ? await this.#membersOf('team', team_id)
          : this.#byUser.keys();
    for (const userId of concerned) {
      const connections = this.#byUser.get(userId);
      if (!connections || omit_users?.[userId]) continue;
      const own = extend?.(userId);
      for (const connection of connections)
        connection.send(own ? { ...event, data: { ...event.data, ...own } } : event);
    }
  }

  forgetMembers(id: string): void {
    this.#members.delete(id);
  }

  disconnect(userId: string): void {
    for (const connection of this.#byUser.get(userId) ?? []) connection.close();
  }

  closeAll(): void {
    for (const connections of this.#byUser.values()) for (const connection of connections) connection.close();
  }

  async #membersOf(kind: 'channel' | 'team', id: string): Promise<Set<string>> {
    const cached = this.#members.get(id);
    if (cached && cached.until > Date.now()) return cached.users;
    const sql =
      kind === 'channel'
        ? 'SELECT userid FROM channelmembers WHERE channelid = $1'
        : 'SELECT userid FROM teammembers WHERE teamid = $1 AND deleteat = 0';
    const rows = await this.#db.rows<{ userid: string }>(sql, [id]);
    const users = new Set(rows.map(({ userid }) => userid));
    this.#members.set(id, { users, until: Date.now() + MEMBERS_CACHE_MS });
    return users;
  }
}
