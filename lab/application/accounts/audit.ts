import type { App } from '../app.ts';
import { newId } from '../ids.ts';

export interface AuditEntry {
  readonly userId: string;
  readonly sessionId: string;
  readonly address: string;
  readonly action: string;
  readonly info: string;
}

/** Adds a row to `audits`, as Mattermost does for what concerns accounts. */
export async function recordAudit(
  app: App,
  { userId, sessionId, address, action, info }: AuditEntry,
): Promise<void> {
  await app.db.rows(
    `INSERT INTO audits (id, createat, userid, action, extrainfo, ipaddress, sessionid) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [newId(), Date.now(), userId, action, info, address, sessionId],
  );
}
