import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Strangers can read direct messages',
  damages: 'Everybody is a member of every direct channel, as after a join that matched too much.',
  drill: 'messages',
  checks: ['messages.direct'],
  caughtBy: { check: 'messages.direct', code: 'PRIVACY_LOST' },
  site: async ({ query }) => {
    await query(`insert into channelmembers
      select (jsonb_populate_record(null::channelmembers, to_jsonb(m) || jsonb_build_object('userid', u.id))).*
        from (select distinct on (channelid) * from channelmembers) m
        join channels c on c.id = m.channelid and c.type = 'D'
        cross join users u
      on conflict do nothing`);
  },
});
