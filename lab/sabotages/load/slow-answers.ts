import { defineSabotage } from '../sabotage.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'The site answers slowly',
  damages: 'Each answer comes 1.5 s later than it could.',
  drill: 'load',
  caughtBy: { check: 'load.request-avg', code: 'THRESHOLD_MISSED' },
  mayFollow: [
    'load.request-*',
    'load.thread-p99',
    'load.post-to-posted-*',
    'load.rate-reached',
    'load.websocket-events',
    'load.generator-kept-up',
  ],
  settings: (config, on) => meddle(config, on, { answer: () => sleep(1_500, undefined) }),
});
