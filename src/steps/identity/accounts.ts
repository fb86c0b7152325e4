import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { DatabaseUser } from '../../providers/identity/match-users.ts';

/** A row of `users` in the restored copy, as far as signing in goes. */
export interface Account extends DatabaseUser {
  readonly roles: string;
  readonly deleteAt: number;
  readonly hasPassword: boolean;
}

export async function readAccounts(client: Client): Promise<readonly Account[]> {
  const { rows } = await client.query<Account>(
    `SELECT id, username, coalesce(email, '') AS email, concat_ws(' ', nullif(firstname, ''), nullif(lastname, '')) AS name,
            coalesce(authservice, '') AS "authService", nullif(authdata, '') AS "authData", coalesce(roles, '') AS roles,
            coalesce(deleteat, 0)::float8 AS "deleteAt", coalesce(deleteat, 0) = 0 AS active,
            coalesce(password, '') <> '' AS "hasPassword"
       FROM users ORDER BY username`,
  );
  return rows;
}

/** What makes an account the same one, without saying whose it is. */
export function fingerprint({
  id,
  username,
  email,
  roles,
  authService,
  authData,
  deleteAt,
}: Account): string {
  const same = [id, username, email, roles.split(' ').toSorted(), authService, authData, deleteAt];
  return createHash('sha256').update(JSON.stringify(same)).digest('hex').slice(0, 32);
}
