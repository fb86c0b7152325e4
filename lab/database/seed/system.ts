import { createECDH } from 'node:crypto';
import type { Client } from 'pg';
import { insertRows, type Row } from './insert-rows.ts';
import { createRandom, type Random } from './random.ts';
import { roleRows } from './roles.ts';

/** Changes that the server makes once, and writes down as done. */
const DONE_ONCE = `AdvancedPermissionsMigrationComplete EmojisPermissionsMigrationComplete
  GuestRolesCreationMigrationComplete SystemConsoleRolesCreationMigrationComplete
  CustomGroupAdminRoleCreationMigrationComplete SharedChannelManagerRoleCreationMigrationComplete
  SecureConnectionManagerRoleCreationMigrationComplete PlaybookRolesCreationMigrationComplete
  ContentExtractionConfigDefaultTrueMigrationComplete RemainingSchemaMigrations FirstAdminSetupComplete
  PostPriorityConfigDefaultTrueMigrationComplete CRTChannelMembershipCountsMigrationComplete
  CRTThreadCountsAndUnreadsMigrationComplete delete_empty_drafts_migration delete_orphan_drafts_migration
  delete_dms_preferences_migration`;

/** Writes the server's own memory: its keys, when it was set up, and the roles. */
export async function writeSystem(
  client: Client,
  seed: number,
  startedAt: number,
  now: number,
): Promise<void> {
  const random = createRandom(seed, 'system');
  const values: Readonly<Record<string, string>> = {
    DiagnosticId: random.id(),
    InstallationDate: String(startedAt),
    FirstServerRunTimestamp: String(startedAt),
    LastSecurityTime: String(now - 3_600_000),
    AsymmetricSigningKey: signingKey(random),
    PostActionCookieSecret: JSON.stringify({ key: random.bytes(32).toString('base64') }),
    ClusterEncryptionKey: random.bytes(32).toString('base64'),
    PushProxyAuthToken: `lab-${random.id()}`,
    ...Object.fromEntries(DONE_ONCE.split(/\s+/).map((name) => [name, 'true'])),
  };
  const rows: Row[] = Object.entries(values).map(([name, value]) => ({ name, value }));
  await insertRows(client, 'systems', rows);
  await insertRows(client, 'roles', roleRows(seed, startedAt));
}

/** A P-256 key pair, its numbers written out in full as Mattermost keeps them. */
function signingKey(random: Random): string {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(Buffer.concat([Buffer.from([1]), random.bytes(31)]));
  const point = pair.getPublicKey();
  const decimal = (bytes: Buffer): string => BigInt(`0x${bytes.toString('hex')}`).toString();
  const [x, y, d] = [point.subarray(1, 33), point.subarray(33), pair.getPrivateKey()].map(decimal);
  return `{"ecdsa_key":{"curve":"P-256","x":${x},"y":${y},"d":${d}}}`;
}
