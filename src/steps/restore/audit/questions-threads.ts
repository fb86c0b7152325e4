import { A_FEW, type Question } from './question.ts';

/** Replies as threads count them. */
const REPLIES = `(SELECT rootid, count(*) AS replies, max(createat) AS newest FROM posts
                   WHERE rootid <> '' AND coalesce(originalid, '') = '' AND deleteat = 0 GROUP BY 1)`;

export const THREADS: readonly Question[] = [
  {
    id: 'audit.threads-have-root',
    level: 'fail',
    claim: 'Every thread has its first message',
    offenders: `SELECT t.postid FROM threads t LEFT JOIN posts p ON p.id = t.postid WHERE p.id IS NULL`,
    among: 'threads',
    userNotices: 'Followed threads cannot be opened.',
  },
  {
    id: 'audit.replies-have-thread',
    level: 'fail',
    claim: 'Every message with replies has its thread',
    offenders: `SELECT r.rootid FROM ${REPLIES} r LEFT JOIN threads t ON t.postid = r.rootid WHERE t.postid IS NULL`,
    among: 'threads',
    userNotices:
      'Threads are missing from the list of followed threads and do not show that they have replies.',
  },
  {
    id: 'audit.threads-count-replies',
    level: 'warn',
    claim: 'Every thread counts the replies that it has',
    offenders: `SELECT t.postid FROM threads t
                  JOIN posts p ON p.id = t.postid AND p.deleteat = 0
                  LEFT JOIN ${REPLIES} r ON r.rootid = t.postid
                 WHERE t.replycount <> coalesce(r.replies, 0)`,
    among: 'threads',
    tolerance: A_FEW,
    userNotices: 'Replies are missing from these threads, or are counted wrongly.',
  },
  {
    id: 'audit.threads-know-newest-reply',
    level: 'warn',
    claim: 'Every thread knows its newest reply',
    offenders: `SELECT t.postid FROM threads t JOIN ${REPLIES} r ON r.rootid = t.postid
                 WHERE t.lastreplyat <> r.newest`,
    among: 'threads',
    tolerance: A_FEW,
    userNotices: 'Threads are sorted wrongly, or their newest replies are missing.',
  },
  {
    id: 'audit.followed-threads-exist',
    level: 'warn',
    claim: 'Every followed thread exists',
    offenders: `SELECT m.postid || '/' || m.userid FROM threadmemberships m
                  LEFT JOIN threads t ON t.postid = m.postid WHERE t.postid IS NULL`,
    among: 'threadmemberships',
    tolerance: A_FEW,
    userNotices: 'Threads that people follow are missing from their list.',
  },
];
