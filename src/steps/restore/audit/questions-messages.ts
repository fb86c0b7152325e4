import { A_FEW, type Question } from './question.ts';

/** An edit keeps the old text as a row of its own, which names the message that replaced it. */
const LIVE = `coalesce(p.originalid, '') = ''`;

/** Messages and what hangs on them, but for threads. */
export const MESSAGES: readonly Question[] = [
  {
    id: 'audit.posts-have-channel',
    level: 'fail',
    claim: 'Every message belongs to a channel',
    offenders: `SELECT p.id FROM posts p LEFT JOIN channels c ON c.id = p.channelid WHERE c.id IS NULL`,
    among: 'posts',
    userNotices: 'Channels are gone, and their messages cannot be reached.',
  },
  {
    id: 'audit.posts-have-author',
    level: 'warn',
    claim: 'Every message has an author',
    offenders: `SELECT p.id FROM posts p LEFT JOIN users u ON u.id = p.userid WHERE u.id IS NULL`,
    among: 'posts',
    tolerance: A_FEW,
    userNotices: 'Messages are shown as written by "Someone".',
  },
  {
    id: 'audit.replies-have-root',
    level: 'warn',
    claim: 'Every reply has the message that it replies to',
    offenders: `SELECT p.id FROM posts p LEFT JOIN posts r ON r.id = p.rootid
                 WHERE p.rootid <> '' AND ${LIVE} AND r.id IS NULL`,
    among: 'posts',
    tolerance: A_FEW,
    userNotices: 'Threads cannot be opened: their first message is missing.',
  },
  {
    id: 'audit.replies-in-roots-channel',
    level: 'fail',
    claim: 'Every reply is in the channel of the message that it replies to',
    offenders: `SELECT p.id FROM posts p JOIN posts r ON r.id = p.rootid
                 WHERE p.rootid <> '' AND ${LIVE} AND r.channelid <> p.channelid`,
    among: 'posts',
    userNotices:
      'Replies appear in channels where they were not written, maybe to people who must not read them.',
  },
  {
    id: 'audit.edits-have-message',
    level: 'warn',
    claim: 'Every earlier text of an edited message has that message',
    offenders: `SELECT p.id FROM posts p LEFT JOIN posts now ON now.id = p.originalid
                 WHERE p.originalid <> '' AND now.id IS NULL`,
    among: 'posts',
    tolerance: A_FEW,
    userNotices: 'Edited messages are missing.',
  },
  {
    id: 'audit.posts-not-after-outage',
    level: 'warn',
    claim: 'No message is dated later than the outage',
    offenders: `SELECT p.id FROM posts p WHERE p.createat > $1::float8 + 60000`,
    among: 'posts',
    tolerance: A_FEW,
    userNotices: 'The moment of the outage was given wrongly, or a clock was wrong; then the RPO is, too.',
  },
  {
    id: 'audit.posts-have-files',
    level: 'fail',
    claim: 'Every file that a message shows is known to the database',
    offenders: `SELECT p.id FROM posts p
                 CROSS JOIN LATERAL jsonb_array_elements_text(p.fileids::jsonb) AS shown(file)
                  LEFT JOIN fileinfo f ON f.id = shown.file
                 WHERE p.fileids LIKE '["%' AND ${LIVE} AND p.deleteat = 0 AND f.id IS NULL`,
    among: 'posts',
    userNotices: 'Attachments are missing from these messages.',
  },
  {
    id: 'audit.files-have-post',
    level: 'warn',
    claim: 'Every attached file belongs to a message',
    offenders: `SELECT f.id FROM fileinfo f LEFT JOIN posts p ON p.id = f.postid
                 WHERE f.postid <> '' AND f.creatorid <> 'bookmark' AND p.id IS NULL`,
    among: 'fileinfo',
    tolerance: A_FEW,
    userNotices: 'Messages with attachments are missing.',
  },
  {
    id: 'audit.files-have-path',
    level: 'fail',
    claim: 'Every file says where it is stored',
    offenders: `SELECT id FROM fileinfo WHERE deleteat = 0 AND (path IS NULL OR path = '')`,
    among: 'fileinfo',
    userNotices: 'These attachments cannot be opened.',
  },
  {
    id: 'audit.reactions-have-post',
    level: 'warn',
    claim: 'Every reaction belongs to a message',
    offenders: `SELECT r.postid || '/' || r.userid || '/' || r.emojiname FROM reactions r
                  LEFT JOIN posts p ON p.id = r.postid WHERE p.id IS NULL`,
    among: 'reactions',
    tolerance: A_FEW,
    userNotices: 'Messages that people reacted to are missing.',
  },
  {
    id: 'audit.reactions-shown',
    level: 'warn',
    claim: 'Every message with reactions says that it has some',
    offenders: `SELECT p.id FROM posts p WHERE ${LIVE} AND coalesce(p.hasreactions, false) = false AND EXISTS
                  (SELECT FROM reactions r WHERE r.postid = p.id AND coalesce(r.deleteat, 0) = 0)`,
    among: 'posts',
    tolerance: A_FEW,
    userNotices: 'Reactions are not shown.',
  },
];
