import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Production’s settings stay in force',
  damages: 'Nobody can change the stored configuration: a trigger undoes it without a word.',
  drill: 'service',
  caughtBy: { check: 'quarantine.configuration', code: 'QUARANTINE_INCOMPLETE' },
  mayFollow: ['quarantine.no-production-address', 'error'],
  copy: async ({ query }) => {
    await query(
      `create function keep_as_it_is() returns trigger language plpgsql as $$ begin return null; end $$`,
    );
    await query(`create trigger keep_as_it_is before insert or update or delete on configurations
      for each row execute function keep_as_it_is()`);
  },
});
