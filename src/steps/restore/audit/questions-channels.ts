import { A_FEW, type Question } from './question.ts';

/** Mattermost does not count these: people who come and go are no messages. */
const UNCOUNTED = [
  'system_join_leave',
  'system_add_remove',
  ...['join', 'leave'].flatMap((what) => [`system_${what}_channel`, `system_${what}_team`]),
  ...['add_to', 'remove_from'].flatMap((what) => [`system_${what}_channel`, `system_${what}_team`]),
];
const COUNTED = `type NOT IN (${UNCOUNTED.map((type) => `'${type}'`).join(', ')})`;

/**
 * A message is stored first and its channel's counter raised after the commit, so a dump of a busy site may catch the
 * message and miss the count: by as many as were being written in that channel at that moment.
 */
const IN_FLIGHT = 5;

/** Channels, and the counters that remember how many messages there were. */
export const CHANNELS: readonly Question[] = [
  {
    id: 'audit.channels-have-team',
    level: 'fail',
    claim: 'Every channel of a team belongs to a team that exists',
    offenders: `SELECT c.id FROM channels c LEFT JOIN teams t ON t.id = c.teamid
                 WHERE c.teamid <> '' AND t.id IS NULL`,
    among: 'channels',
    userNotices: 'Whole teams are gone, and their channels cannot be opened.',
  },
  {
    id: 'audit.public-channels-listed',
    level: 'fail',
    claim: 'The list of public channels names exactly the public channels',
    offenders: `SELECT coalesce(c.id, p.id) FROM (SELECT id FROM channels WHERE type = 'O') c
                  FULL JOIN publicchannels p ON p.id = c.id WHERE c.id IS NULL OR p.id IS NULL`,
    among: 'channels',
    userNotices: 'Public channels cannot be found by browsing or searching for them.',
  },
  {
    id: 'audit.conversations-have-members',
    level: 'warn',
    claim: 'Every direct message and group message has people in it',
    offenders: `SELECT c.id FROM channels c WHERE c.type IN ('D', 'G') AND c.deleteat = 0
                   AND NOT EXISTS (SELECT FROM channelmembers m WHERE m.channelid = c.id)`,
    among: 'channels',
    tolerance: A_FEW,
    userNotices: 'Nobody finds these conversations again.',
  },
  {
    id: 'audit.channels-hold-all-messages',
    level: 'tail',
    claim: 'No channel has counted more messages than it holds',
    offenders: `SELECT c.id FROM channels c
                  LEFT JOIN (SELECT channelid, count(*) AS held FROM posts
                              WHERE coalesce(originalid, '') = '' AND ${COUNTED} GROUP BY 1) p ON p.channelid = c.id
                 WHERE c.totalmsgcount > coalesce(p.held, 0)`,
    among: 'channels',
    userNotices: 'Messages are missing from these channels.',
  },
  {
    id: 'audit.channels-hold-newest-message',
    level: 'tail',
    claim: 'Every channel holds the message that it remembers as its newest',
    offenders: `SELECT c.id FROM channels c
                  LEFT JOIN (SELECT channelid, max(greatest(createat, updateat, editat, deleteat)) AS newest
                               FROM posts GROUP BY 1) p ON p.channelid = c.id
                 WHERE c.lastpostat > greatest(c.createat, coalesce(p.newest, 0))`,
    among: 'channels',
    userNotices: 'The newest messages of these channels are missing.',
  },
  {
    id: 'audit.channel-counters-not-low',
    level: 'warn',
    claim: `No channel holds more than ${IN_FLIGHT} messages that it has not counted`,
    offenders: `SELECT c.id FROM channels c
                  JOIN (SELECT channelid, count(*) AS held FROM posts
                         WHERE coalesce(originalid, '') = '' AND deleteat = 0 AND ${COUNTED} GROUP BY 1) p
                    ON p.channelid = c.id
                 WHERE p.held > c.totalmsgcount + ${IN_FLIGHT}`,
    among: 'channels',
    tolerance: { rows: 0, share: 0.001 },
    userNotices: 'Unread marks are wrong in these channels.',
  },
  {
    id: 'audit.channel-times-not-low',
    level: 'warn',
    claim: 'No channel holds messages newer than it remembers',
    offenders: `SELECT c.id FROM channels c
                  JOIN (SELECT channelid, max(createat) AS newest FROM posts
                         WHERE coalesce(originalid, '') = '' AND ${COUNTED} GROUP BY 1) p ON p.channelid = c.id
                 WHERE p.newest > c.lastpostat`,
    among: 'channels',
    tolerance: A_FEW,
    userNotices: 'Channels are sorted wrongly and do not show as unread.',
  },
  {
    id: 'audit.members-read-no-more-than-there-is',
    level: 'warn',
    claim: 'Nobody has read more messages of a channel than it has counted',
    offenders: `SELECT m.channelid || '/' || m.userid FROM channelmembers m JOIN channels c ON c.id = m.channelid
                 WHERE m.msgcount > c.totalmsgcount`,
    among: 'channelmembers',
    tolerance: A_FEW,
    userNotices: 'Unread marks are wrong for these people.',
  },
];
