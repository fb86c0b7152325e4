import { defineSabotage } from '../sabotage.ts';
import { afterCommit } from '../../meddling/database.ts';

export default defineSabotage({
  title: 'Reactions are taken and not kept',
  damages: 'Each new row of reactions is gone when its transaction ends, though everybody has seen it.',
  drill: 'messages',
  checks: ['messages.live-reaction'],
  caughtBy: { check: 'messages.live-reaction', code: 'REACTION_LOST' },
  site: ({ query }) =>
    afterCommit(
      query,
      'insert',
      'reactions',
      'delete from reactions where userid = new.userid and postid = new.postid and emojiname = new.emojiname',
    ),
});
