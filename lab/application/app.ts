import type { Sessions } from './accounts/sessions.ts';
import type { Configuration } from './config.ts';
import type { Database } from './database.ts';
import type { FileStore } from './file-store.ts';
import type { Hub } from './websocket/hub.ts';
import type { Outbound } from './outbound/outbound.ts';
import type { Emojis } from './posts/emojis.ts';
import type { Statuses } from './accounts/statuses.ts';
import type { SiteIdentity } from './site-identity.ts';
import type { Settings } from './settings-defaults.ts';

/** What the parts of the server share. */
export interface App {
  readonly configuration: Configuration;
  readonly settings: Settings;
  readonly db: Database;
  readonly files: FileStore;
  readonly sessions: Sessions;
  readonly statuses: Statuses;
  readonly hub: Hub;
  readonly outbound: Outbound;
  readonly emojis: Emojis;
  readonly identity: SiteIdentity;
  /** The header X-Version-Id: version, build, hash of the configuration, licensed or not. */
  readonly versionId: string;
}

export const VERSION = '11.6.0';
export const BUILD = 'stand-in';
