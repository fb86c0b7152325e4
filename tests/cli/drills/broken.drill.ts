import { checks, objectives, why } from './steps.ts';

/** A bare object with a misspelt phase: it must not pass without it. */
export default {
  title: 'Broken',
  why,
  objectives,
  preflight: [checks('backup.fresh')],
  verfy: [checks('message.found')],
};
