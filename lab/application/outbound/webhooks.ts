import type { App } from '../app.ts';
import { log } from '../log.ts';
import { fileIdsOf } from '../posts/post.ts';
import type { HttpClient } from './http.ts';
import type { PostEvent } from './outbound.ts';

interface HookRow {
  id: string;
  token: string;
  channelid: string;
  teamid: string;
  teamname: string;
  triggerwords: string;
  triggerwhen: number;
  callbackurls: string;
  contenttype: string;
}

/** Calls the outgoing webhooks of a public channel whose trigger a new message fits. */
export async function callWebhooks(
  app: App,
  http: HttpClient,
  { row, channel, senderName }: PostEvent,
): Promise<void> {
  const { EnableOutgoingWebhooks, OutgoingIntegrationRequestsTimeout } = app.settings.ServiceSettings;
  if (!EnableOutgoingWebhooks || channel.type !== 'O') return;
  const hooks = await app.db.rows<HookRow>(
    `SELECT h.id, h.token, h.channelid, h.teamid, t.name AS teamname, h.triggerwords, h.triggerwhen, h.callbackurls,
       h.contenttype FROM outgoingwebhooks h JOIN teams t ON t.id = h.teamid
     WHERE h.deleteat = 0 AND h.teamid = $1 AND coalesce(h.channelid, '') IN ('', $2)`,
    [channel.teamid, channel.id],
  );
  for (const hook of hooks) {
    const trigger = findTrigger(hook, row.message);
    if (trigger === undefined) continue;
    const payload: Record<string, string | number> = {
      token: hook.token,
      team_id: hook.teamid,
      team_domain: hook.teamname,
      channel_id: channel.id,
      channel_name: channel.name,
      timestamp: row.createat,
      user_id: row.userid,
      user_name: senderName,
      post_id: row.id,
      text: row.message,
      trigger_word: trigger,
      file_ids: fileIdsOf(row).join(','),
    };
    const isJson = hook.contenttype === 'application/json';
    const body = isJson
      ? JSON.stringify(payload)
      : new URLSearchParams(Object.entries(payload).map(([key, value]) => [key, String(value)])).toString();
    for (const url of parseList(hook.callbackurls)) {
      http
        .send({
          method: 'POST',
          url,
          body,
          headers: {
            'Content-Type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
            Accept: 'application/json',
          },
          trusted: false,
          timeoutMs: OutgoingIntegrationRequestsTimeout * 1000,
        })
        .catch((error: unknown) =>
          log.warn('An outgoing webhook could not be called', { hook: hook.id, url, error }),
        );
    }
  }
}

/** The word that sets a hook off: '' for a hook of one channel without words, undefined when it stays silent. */
function findTrigger(hook: HookRow, message: string): string | undefined {
  const words = parseList(hook.triggerwords);
  if (words.length === 0) return hook.channelid ? '' : undefined;
  const first = message.trim().split(/\s+/)[0] ?? '';
  return words.find((word) => (hook.triggerwhen === 1 ? first.startsWith(word) : first === word));
}

function parseList(json: string): string[] {
  const list: unknown = JSON.parse(json || '[]');
  return Array.isArray(list) ? list.map(String) : [];
}
