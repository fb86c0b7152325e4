import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Previews and thumbnails are missing',
  damages: 'All pictures that the server made from uploads.',
  drill: 'copy',
  caughtBy: { check: 'audit.previews-present', code: 'PREVIEWS_MISSING' },
  mayFollow: ['baseline.*'],
  copy: ({ files }) => files.removeAll('', (name) => /_(thumb|preview)\.\w+$/.test(name)),
});
