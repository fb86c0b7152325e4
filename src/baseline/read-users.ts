import type { Client } from 'pg';
import type { UserState } from './format.ts';
import { readPages } from './session.ts';

/** Every account, sorted by id. Memberships are counted as they are: without those that ended. */
export const readUsers = (client: Client, signal: AbortSignal): AsyncGenerator<readonly UserState[]> =>
  readPages<UserState>(client, QUERY, signal);

const QUERY = `
  SELECT u.id::text AS id,
         encode(sha256(convert_to(lower(u.username) || ' ' || lower(u.email), 'UTF8')), 'hex') AS names,
         coalesce(u.authservice, '') AS "authService", coalesce(u.authdata, '') AS "authData",
         coalesce(u.roles, '') AS roles, coalesce(u.deleteat, 0)::float8 AS "deleteAt",
         coalesce(u.mfaactive, false) AS "mfaActive",
         encode(sha256(convert_to(nullif(u.mfasecret, ''), 'UTF8')), 'hex') AS mfa,
         coalesce(t.number, 0)::int AS teams, coalesce(c.number, 0)::int AS channels,
         (coalesce(t.hash, 0) + coalesce(c.hash, 0))::text AS memberships
    FROM users u
    LEFT JOIN (SELECT userid, count(*) AS number,
                      sum(hashtextextended(concat_ws(' ', teamid, roles, schemeadmin, schemeguest), 0)::numeric) AS hash
                 FROM teammembers WHERE deleteat = 0 GROUP BY userid) t ON t.userid = u.id
    LEFT JOIN (SELECT userid, count(*) AS number,
                      sum(hashtextextended(concat_ws(' ', channelid, roles, schemeadmin, schemeguest), 0)::numeric) AS hash
                 FROM channelmembers GROUP BY userid) c ON c.userid = u.id
   ORDER BY u.id COLLATE "C"`;
