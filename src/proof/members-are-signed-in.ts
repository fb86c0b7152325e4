import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Step, StepContext } from '../model/drill.ts';
import { hours, minutes } from '../model/duration.ts';
import { openRestored } from '../steps/restore/restored-database.ts';
import { privateFolder } from '../steps/verify/client-network.ts';
import { newId } from '../support/new-id.ts';

/**
 * Takes the place of the sign-ins of an earlier suite, where they are not themselves on trial: sessions in the database,
 * and the cookies where browsers look for those of an earlier check.
 */
export function membersAreSignedIn(): Step {
  return {
    id: 'members-are-signed-in',
    title: 'Give the members of the drill sessions',
    needs: ['database', 'site'],
    budget: minutes(1),
    async run(ctx) {
      const folder = path.join(privateFolder(ctx), 'sessions');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await using connection = await openRestored(ctx.get('database'));
      for (const { username, part } of ctx.config.members) {
        if (part === 'stranger' || part === 'deactivated') continue;
        const session = { id: newId(), token: newId(), csrf: newId(), now: Date.now() };
        const { rows } = await connection.client.query<{ userid: string }>(
          `insert into sessions (id, token, createat, expiresat, lastactivityat, userid, deviceid, roles, isoauth, props, expirednotify)
           select $1, $2, $3, $4, $3, id, '', roles, false, $5, false from users where username = $6 returning userid`,
          [
            session.id,
            session.token,
            session.now,
            session.now + hours(4),
            JSON.stringify({ csrf: session.csrf }),
            username,
          ],
        );
        const [user] = rows;
        if (user === undefined) continue;
        const cookies = { MMAUTHTOKEN: session.token, MMUSERID: user.userid, MMCSRF: session.csrf };
        await writeFile(path.join(folder, `${username}.json`), storageState(ctx, cookies), { mode: 0o600 });
      }
    },
  };
}

/** In Playwright's form. */
function storageState({ config }: StepContext, values: Readonly<Record<string, string>>): string {
  const { hostname } = new URL(config.site.url);
  const cookies = Object.entries(values).map(([name, value]) => ({
    name,
    value,
    domain: hostname,
    path: '/',
    expires: -1,
    httpOnly: name === 'MMAUTHTOKEN',
    secure: true,
    sameSite: 'Lax',
  }));
  return JSON.stringify({ cookies, origins: [] });
}
