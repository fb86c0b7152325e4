import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Backups made by a real Mattermost 11.6 and a real Velero 1.18; tests on them skip where the variable is unset. */
export const realBackups = process.env['MUSTER_TEST_BACKUPS'];
export const whyNoBackups = 'MUSTER_TEST_BACKUPS does not name a folder with real backups';

/** What the maker of the backups says of them, as far as tests hold drills against it. */
export interface RealManifest {
  readonly credentials: {
    readonly passwords: Readonly<Record<string, string>>;
    readonly totp: { readonly username: string; readonly secret: string };
    readonly sso: { readonly ids: Readonly<Record<string, number>>; readonly deactivated: string };
  };
  readonly users: readonly {
    readonly username: string;
    readonly email: string;
    readonly first_name: string;
    readonly last_name: string;
  }[];
  readonly canaries: {
    readonly team: string;
    readonly channel: string;
    readonly interval_seconds: number;
    readonly all: readonly (readonly [number, string, string, number])[];
  };
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly hashsum: string }>>;
  readonly dump_at: string;
  readonly posts_per_day: Readonly<Record<string, number>>;
  readonly file_store: {
    readonly object_list: readonly { readonly key: string; readonly size: number; readonly sha256: string }[];
  };
  readonly newest_post: { readonly number: number; readonly post_id: string; readonly create_at_iso: string };
}

export function readRealManifest(backups: string): RealManifest {
  return JSON.parse(
    readFileSync(path.join(backups, 'mattermost-11.6', 'manifest.json'), 'utf8'),
  ) as RealManifest;
}
