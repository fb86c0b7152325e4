import { z } from 'zod';

/**
 * A baseline: what a site was at the moment of its backup. One folder in the archive, `STAMP-XXXX/`:
 *
 * - `manifest.json`: all that is small, and name, SHA-256 and length of each section
 * - `manifest.sig`: the Ed25519 signature over the bytes of manifest.json, in base64
 * - `users.ndjson.gz`, `files.ndjson.gz`: the sections, one record per line
 *
 * docs/baseline.md describes it for readers without this code.
 */
export const FORMAT = 1;
export const MANIFEST = 'manifest.json';
export const SIGNATURE = 'manifest.sig';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const tableState = z.object({
  /** `public.posts` */
  name: z.string(),
  rows: z.int(),
  /** The sum of the hashes of its rows as text, a numeric. */
  hash: z.string(),
  /** The greatest value of each column that says when something happened, in milliseconds; null without rows. */
  newest: z.record(z.string(), z.number().nullable()),
});
export type TableState = z.output<typeof tableState>;

const databaseState = z.object({
  serverVersion: z.string(),
  encoding: z.string(),
  collation: z.string(),
  /** Of the C library or ICU that sorts; null where the server keeps none. */
  collationVersion: z.string().nullable(),
  /** SHA-256 of the id that Mattermost gave the site at its first start; null where there is none. */
  diagnosticId: hash.nullable(),
  migrations: z.array(z.object({ version: z.int(), name: z.string() })),
  /** Name → last value; null for one that was never asked. */
  sequences: z.record(z.string(), z.string().nullable()),
  /** `ServiceSettings.SiteURL` → its value as JSON. Null where the site keeps its configuration elsewhere. */
  settings: z.record(z.string(), z.unknown()).nullable(),
  /** `2026-11-22` → messages. Days without any are left out. */
  postsPerDay: z.object({ from: z.string(), to: z.string(), days: z.record(z.string(), z.int()) }),
});
export type DatabaseState = z.output<typeof databaseState>;

const veleroState = z.object({
  name: z.string(),
  tarball: z.object({ size: z.int(), sha256: hash }),
  /** `apps/v1/Deployment mattermost/chat` → SHA-256 of the object as JSON. */
  objects: z.record(z.string(), hash),
});
export type VeleroState = z.output<typeof veleroState>;

const section = z.object({ sha256: hash, bytes: z.int(), records: z.int() });
export type SectionEntry = z.output<typeof section>;

export const manifestSchema = z.object({
  kind: z.literal('muster-baseline'),
  format: z.literal(FORMAT),
  muster: z.string(),
  siteUrl: z.string(),
  /** When the snapshot was taken, by the primary's clock. */
  takenAt: z.iso.datetime(),
  snapshot: z.object({
    id: z.string(),
    /** Whether the dump was taken in it, too. Only then must everything be equal to the last row. */
    shared: z.boolean(),
  }),
  tables: z.array(tableState),
  database: databaseState,
  velero: veleroState.nullable(),
  sections: z.object({ users: section, files: section.nullable() }),
});
export type BaselineManifest = z.output<typeof manifestSchema>;
export type SectionName = keyof BaselineManifest['sections'];

/** One account. Whoever reads it learns no name, no address and no secret. */
export const userState = z.object({
  id: z.string(),
  /** SHA-256 of user name and e-mail address, in lower case. */
  names: hash,
  authService: z.string(),
  authData: z.string(),
  roles: z.string(),
  deleteAt: z.number(),
  mfaActive: z.boolean(),
  /** SHA-256 of the secret of the second factor. */
  mfa: hash.nullable(),
  teams: z.int(),
  channels: z.int(),
  /** The sum of the hashes of the memberships with their roles. */
  memberships: z.string(),
});
export type UserState = z.output<typeof userState>;

/** One object of the file store that the database names. Both null: the primary itself had no such object. */
export const fileState = z.object({
  key: z.string(),
  size: z.int().nullable(),
  sha256: hash.nullable(),
});
export type FileState = z.output<typeof fileState>;

export const sectionFile = (name: SectionName): string => `${name}.ndjson.gz`;
