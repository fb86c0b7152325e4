import { hostname } from 'node:os';
import type { WebSocket } from 'ws';
import { VERSION, type App } from '../app.ts';
import { newId } from '../ids.ts';
import { log } from '../log.ts';
import { broadcastTo, type Event } from './hub.ts';

interface Request {
  seq?: number;
  action?: string;
  data?: Record<string, unknown>;
}

/** One signed-in WebSocket. Events are numbered per connection, from 0, so that a client sees a gap. */
export class Connection {
  readonly userId: string;
  readonly token: string;
  readonly #app: App;
  readonly #socket: WebSocket;
  readonly #id = newId();
  #sequence = 0;

  constructor(app: App, socket: WebSocket, userId: string, token: string) {
    this.#app = app;
    this.#socket = socket;
    this.userId = userId;
    this.token = token;
  }

  /** Greets the client and takes it in. */
  open(): void {
    this.#app.hub.add(this);
    this.send({
      event: 'hello',
      data: { connection_id: this.#id, server_hostname: hostname(), server_version: this.#app.versionId },
      broadcast: broadcastTo({ user_id: this.userId }),
    });
    this.#noteActivity();
    this.#socket.on('close', () => void this.#leave());
  }

  send(event: Event): void {
    this.#write({ ...event, seq: this.#sequence++ });
  }

  reply(sequence: number, data?: Record<string, unknown>): void {
    this.#write({ status: 'OK', seq_reply: sequence, ...(data && { data }) });
  }

  close(): void {
    this.#socket.close();
  }

  async receive(request: Request): Promise<void> {
    const { action, seq = 0, data = {} } = request;
    switch (action) {
      case 'ping':
        return this.reply(seq, { node_id: '', server_time: Date.now(), text: 'pong', version: VERSION });
      case 'user_typing':
        await this.#publishTyping(text(data['channel_id']), text(data['parent_id']));
        return this.reply(seq);
      case 'user_update_active_status':
        if (data['user_is_active'] === true) this.#noteActivity();
        return this.reply(seq);
      case 'presence':
      case 'posted_notify_ack':
        return this.reply(seq);
      case 'get_statuses_by_ids': {
        const ids = Array.isArray(data['user_ids']) ? data['user_ids'].map(text) : [];
        const statuses = await this.#app.statuses.find(ids);
        return this.reply(seq, Object.fromEntries(statuses.map((status) => [status.user_id, status.status])));
      }
      default:
        return this.#write({
          status: 'FAIL',
          seq_reply: seq,
          error: {
            id: 'api.web_socket_router.bad_action.app_error',
            message: 'Unknown WebSocket action.',
            detailed_error: '',
            status_code: 500,
          },
        });
    }
  }

  async #publishTyping(channelId: string, parentId: string): Promise<void> {
    const member = await this.#app.db.one(
      'SELECT 1 FROM channelmembers WHERE channelid = $1 AND userid = $2',
      [channelId, this.userId],
    );
    if (!member) return;
    await this.#app.hub.publish({
      event: 'typing',
      data: { parent_id: parentId, user_id: this.userId },
      broadcast: broadcastTo({ channel_id: channelId, omit_users: { [this.userId]: true } }),
    });
  }

  #noteActivity(): void {
    this.#app.statuses.touch(this.userId).then(
      (changed) => (changed ? this.#publishStatus('online') : undefined),
      (error: unknown) => log.warn('Cannot write a status', { error }),
    );
  }

  async #leave(): Promise<void> {
    if (!this.#app.hub.remove(this)) return;
    try {
      await this.#app.statuses.setOffline(this.userId);
    } catch (error) {
      log.warn('Cannot write a status', { error });
    }
  }

  #publishStatus(status: string): Promise<void> {
    return this.#app.hub.publish({
      event: 'status_change',
      data: { status, user_id: this.userId },
      broadcast: broadcastTo({ user_id: this.userId }),
    });
  }

  #write(frame: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
