import { defineSabotage } from '../sabotage.ts';
import { meddle, refusal } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'One request in a thousand fails',
  damages: 'One of every thousand answers is a server error.',
  drill: 'load',
  caughtBy: { check: 'load.server-errors', code: 'THRESHOLD_MISSED' },
  mayFollow: ['load.failed-requests'],
  settings: (config, on) => {
    let asked = 0;
    return meddle(config, on, {
      answer: () => (++asked % 1_000 === 500 ? refusal(500, 'app.internal.app_error') : undefined),
    });
  },
});
