import { setInterval } from 'node:timers';
import { VERSION, type App } from '../app.ts';
import type { ChannelRow } from '../channels.ts';
import type { Database } from '../database.ts';
import { log } from '../log.ts';
import type { MentionedUser } from '../posts/mentions.ts';
import type { PostRow } from '../posts/post.ts';
import type { Settings } from '../settings-defaults.ts';
import { HttpClient } from './http.ts';
import { Links } from './links.ts';
import { testMailServer } from './mail.ts';
import { notifyMentioned } from './notifications.ts';
import { sendReminders, sendScheduledPosts } from './timed-posts.ts';
import { callWebhooks } from './webhooks.ts';

export interface PostEvent {
  readonly row: PostRow;
  readonly channel: ChannelRow;
  readonly senderName: string;
  readonly mentioned: readonly MentionedUser[];
}

/**
 * All that the server does to the outside world, as Mattermost does it on any data it finds, restored or not.
 * Nothing in here may fail a request: what goes wrong is logged.
 */
export class Outbound {
  readonly http: HttpClient;
  readonly links: Links;
  #app: App | undefined;
  #ticker: NodeJS.Timeout | undefined;

  constructor(db: Database, settings: Settings) {
    this.http = new HttpClient(settings.ServiceSettings, process.env);
    this.links = new Links(db, this.http, settings);
  }

  /** Begins with what is due, then looks again and again. */
  start(app: App): void {
    this.#app = app;
    void this.#atStart(app);
    void this.#tick(app);
    this.#ticker = setInterval(
      () => void this.#tick(app),
      app.settings.StandInSettings.TickerIntervalMilliseconds,
    );
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  async postCreated(event: PostEvent): Promise<void> {
    const app = this.#app;
    if (!app) return;
    await Promise.all([
      attempt('call webhooks', () => callWebhooks(app, this.http, event)),
      attempt('notify', () => notifyMentioned(app, this.http, event)),
    ]);
  }

  async #tick(app: App): Promise<void> {
    await attempt('send scheduled posts', () => sendScheduledPosts(app));
    await attempt('send reminders', () => sendReminders(app));
  }

  async #atStart(app: App): Promise<void> {
    const { ServiceSettings, AnnouncementSettings, EmailSettings } = app.settings;
    const calls = [];
    if (EmailSettings.SendEmailNotifications) {
      calls.push(attempt('reach the mail server', () => testMailServer(EmailSettings)));
    }
    if (ServiceSettings.EnableSecurityFixAlert) {
      const query = new URLSearchParams({ id: app.identity.diagnosticId, b: VERSION });
      calls.push(
        this.#get(
          'ask for security fixes',
          `${ServiceSettings.SecurityFixAlertURL.replace(/\/+$/, '')}/security?${query}`,
        ),
      );
    }
    if (AnnouncementSettings.AdminNoticesEnabled || AnnouncementSettings.UserNoticesEnabled) {
      calls.push(this.#get('fetch notices', AnnouncementSettings.NoticesURL));
    }
    await Promise.all(calls);
  }

  #get(what: string, url: string): Promise<void> {
    return attempt(what, async () => {
      await this.http.send({ url, trusted: true, timeoutMs: 30_000 });
    });
  }
}

async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn(`Cannot ${what}`, { error });
  }
}
