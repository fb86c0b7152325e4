import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Signing in has made somebody a second account',
  damages: 'One row more in users, as of a user who was not found again.',
  drill: 'continuity',
  caughtBy: { check: 'identity.user-count', code: 'USER_COUNT_CHANGED' },
  site: async ({ query }) => {
    await query(`create temporary table twin as select * from users where username = 'tomas.berg'`);
    await query(
      `update twin set id = substr(md5('twin'), 1, 26), username = 'tomas.berg2', email = 'twin@elsewhere.example', authdata = '990003'`,
    );
    await query('insert into users select * from twin');
  },
});
