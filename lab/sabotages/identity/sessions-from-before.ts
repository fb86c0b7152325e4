import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A session from before the outage still works',
  damages: 'A session that was not revoked: who kept it has not signed in at all.',
  drill: 'continuity',
  caughtBy: { check: 'identity.sessions', code: 'SESSIONS_LEFT' },
  site: async ({ query }) => {
    await query(
      `insert into sessions (id, token, createat, expiresat, lastactivityat, userid, deviceid, roles, isoauth, props, expirednotify)
       select substr(md5('session'), 1, 26), substr(md5('token'), 1, 26), createat, 0, createat, id, '', roles, true, '{}', false
         from users where username = 'tomas.berg'`,
    );
  },
});
