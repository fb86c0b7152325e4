import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Somebody is no member of a channel any more',
  damages: 'One membership, between the audit and the sign-in.',
  drill: 'login',
  checks: ['login.same-account.tomas.berg'],
  caughtBy: { check: 'login.same-account.tomas.berg', code: 'ACCOUNT_CHANGED' },
  copy: async ({ query }) => {
    await query(
      `delete from channelmembers where (channelid, userid) = (
         select m.channelid, m.userid from channelmembers m join users u on u.id = m.userid join channels c on c.id = m.channelid
          where u.username = 'tomas.berg' and c.deleteat = 0 and c.type = 'O' limit 1)`,
    );
  },
});
