import { A_FEW, type Question } from './question.ts';

/** Accounts, their sign-in data, and where they are members. */
export const PEOPLE: readonly Question[] = [
  {
    id: 'audit.usernames-unique',
    level: 'fail',
    claim: 'No two accounts share a user name, whatever its case',
    offenders: `SELECT u.id FROM users u
                  JOIN (SELECT lower(username) AS name FROM users GROUP BY 1 HAVING count(*) > 1) twice
                    ON twice.name = lower(u.username)`,
    among: 'users',
    userNotices: 'People sign in to the wrong account, or to none.',
  },
  {
    id: 'audit.emails-unique',
    level: 'fail',
    claim: 'No two accounts share an e-mail address, whatever its case',
    offenders: `SELECT u.id FROM users u
                  JOIN (SELECT lower(email) AS email FROM users WHERE email <> '' GROUP BY 1 HAVING count(*) > 1) twice
                    ON twice.email = lower(u.email)`,
    among: 'users',
    userNotices: 'People sign in to the wrong account, or to none.',
  },
  {
    id: 'audit.sso-users-have-id',
    level: 'fail',
    claim: 'Every single sign-on account knows its id at the identity provider',
    offenders: `SELECT id FROM users
                 WHERE authservice NOT IN ('', 'email', 'magic_link') AND (authdata IS NULL OR authdata = '')`,
    among: 'users',
    userNotices: 'These people cannot sign in, or get a new and empty account.',
  },
  {
    id: 'audit.mfa-users-have-secret',
    level: 'fail',
    claim: 'Every account with a second factor has its secret',
    offenders: `SELECT id FROM users WHERE mfaactive AND (mfasecret IS NULL OR mfasecret = '')`,
    among: 'users',
    userNotices: 'These people are asked for a code that can never be right.',
  },
  {
    id: 'audit.active-admin',
    level: 'fail',
    claim: 'At least one active account is a system administrator',
    offenders: `SELECT 'no-active-administrator' WHERE NOT EXISTS (
                  SELECT FROM users WHERE deleteat = 0 AND 'system_admin' = ANY (string_to_array(roles, ' ')))`,
    among: 'users',
    userNotices: 'Nobody can administer the restored site.',
  },
  {
    id: 'audit.team-members-have-team',
    level: 'fail',
    claim: 'Every team membership belongs to a team',
    offenders: `SELECT m.teamid || '/' || m.userid FROM teammembers m LEFT JOIN teams t ON t.id = m.teamid
                 WHERE t.id IS NULL`,
    among: 'teammembers',
    userNotices: 'Teams that people were in are gone.',
  },
  {
    id: 'audit.team-members-have-user',
    level: 'fail',
    claim: 'Every team membership belongs to an account',
    offenders: `SELECT m.teamid || '/' || m.userid FROM teammembers m LEFT JOIN users u ON u.id = m.userid
                 WHERE u.id IS NULL`,
    among: 'teammembers',
    userNotices: 'Accounts are gone; their owners cannot sign in.',
  },
  {
    id: 'audit.channel-members-have-channel',
    level: 'fail',
    claim: 'Every channel membership belongs to a channel',
    offenders: `SELECT m.channelid || '/' || m.userid FROM channelmembers m
                  LEFT JOIN channels c ON c.id = m.channelid WHERE c.id IS NULL`,
    among: 'channelmembers',
    userNotices: 'Channels that people were in are gone.',
  },
  {
    id: 'audit.channel-members-have-user',
    level: 'fail',
    claim: 'Every channel membership belongs to an account',
    offenders: `SELECT m.channelid || '/' || m.userid FROM channelmembers m
                  LEFT JOIN users u ON u.id = m.userid WHERE u.id IS NULL`,
    among: 'channelmembers',
    userNotices: 'Accounts are gone; their owners cannot sign in.',
  },
  {
    id: 'audit.preferences-have-user',
    level: 'warn',
    claim: 'Every preference belongs to an account',
    offenders: `SELECT p.userid || '/' || p.category || '/' || p.name FROM preferences p
                  LEFT JOIN users u ON u.id = p.userid WHERE u.id IS NULL`,
    among: 'preferences',
    tolerance: A_FEW,
    userNotices: 'Accounts are gone, or the settings of people are mixed up.',
  },
];
