import type { App } from '../app.ts';
import { log } from '../log.ts';
import type { HttpClient } from './http.ts';
import { sendMail } from './mail.ts';
import type { PostEvent } from './outbound.ts';

/** Tells the people whom a message calls: by mail when they are away, and on their devices. */
export async function notifyMentioned(app: App, http: HttpClient, event: PostEvent): Promise<void> {
  await Promise.all([mailMentioned(app, event), pushMentioned(app, http, event)]);
}

async function mailMentioned(app: App, { row, channel, senderName, mentioned }: PostEvent): Promise<void> {
  const settings = app.settings.EmailSettings;
  if (!settings.SendEmailNotifications) return;
  const wanting = mentioned.filter(
    ({ id, notifyprops }) => notifyprops['email'] !== 'false' && !app.hub.isConnected(id),
  );
  for (const { email } of wanting) {
    const where = channel.type === 'D' ? 'a direct message' : channel.displayname;
    await sendMail(settings, {
      to: email,
      subject: `[${app.settings.TeamSettings.SiteName}] Notification in ${where}`,
      text: `@${senderName} in ${where}:\n\n${row.message}\n\n${app.settings.ServiceSettings.SiteURL}\n`,
    }).catch((error: unknown) => log.warn('A notification could not be mailed', { to: email, error }));
  }
}

async function pushMentioned(
  app: App,
  http: HttpClient,
  { row, channel, senderName, mentioned }: PostEvent,
): Promise<void> {
  const settings = app.settings.EmailSettings;
  const wanting = mentioned.filter(({ notifyprops }) => notifyprops['push'] !== 'none').map(({ id }) => id);
  if (!settings.SendPushNotifications || settings.PushNotificationServer === '' || wanting.length === 0)
    return;
  const devices = await app.db.rows<{ deviceid: string }>(
    `SELECT DISTINCT deviceid FROM sessions WHERE userid = ANY($1) AND deviceid <> '' AND (expiresat = 0 OR expiresat > $2)`,
    [wanting, Date.now()],
  );
  for (const { deviceid } of devices) {
    const [platform = '', device = ''] = deviceid.split(/:(.*)/s);
    const isFull = settings.PushNotificationContents === 'full';
    const message = {
      type: 'message',
      platform,
      device_id: device,
      server_id: app.identity.diagnosticId,
      channel_id: channel.id,
      channel_name: channel.displayname,
      team_id: channel.teamid,
      post_id: row.id,
      root_id: row.rootid,
      sender_id: row.userid,
      sender_name: senderName,
      message: isFull ? `@${senderName}: ${row.message}` : `@${senderName} posted a message`,
      version: 'v2',
    };
    http
      .send({
        method: 'POST',
        url: `${settings.PushNotificationServer.replace(/\/+$/, '')}/api/v1/send_push`,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(message),
        trusted: true,
        timeoutMs: 30_000,
      })
      .catch((error: unknown) => log.warn('A push notification could not be sent', { error }));
  }
}
