import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Profile pictures, team icons and emojis are missing',
  damages: 'All pictures of people and teams, and emojis.',
  drill: 'copy',
  caughtBy: { check: 'audit.pictures-present', code: 'PICTURES_MISSING' },
  mayFollow: ['baseline.*'],
  copy: ({ files }) => files.removeAll('', (name) => /^(emoji|teams|users)\//.test(name)),
});
