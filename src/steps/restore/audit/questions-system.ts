import type { Question } from './question.ts';

const list = (names: readonly string[]) => `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]`;

/** Tables without which the server does not start, or a user sees at once that something is missing. */
const TABLES = list([
  ...['users', 'teams', 'channels', 'teammembers', 'channelmembers', 'publicchannels', 'bots', 'status'],
  ...['posts', 'threads', 'threadmemberships', 'fileinfo', 'reactions', 'emoji', 'preferences', 'sessions'],
  ...['systems', 'roles', 'schemes', 'jobs', 'licenses', 'pluginkeyvaluestore', 'db_migrations'],
]);

/** Made once at the first start of a site; a server that finds none makes new ones and is another site from then on. */
const KEYS = list(['DiagnosticId', 'AsymmetricSigningKey', 'PostActionCookieSecret', 'InstallationDate']);

export const SYSTEM: readonly Question[] = [
  {
    id: 'audit.tables-present',
    level: 'fail',
    claim: 'Every table that Mattermost cannot do without is there',
    offenders: `SELECT name FROM unnest(${TABLES}) AS wanted(name) WHERE to_regclass(name) IS NULL`,
    among: 'the tables',
    userNotices: 'The server does not start, or whatever the table held is gone.',
  },
  {
    id: 'audit.site-keys-present',
    level: 'fail',
    claim: 'The keys that make the site the same site are there',
    offenders: `SELECT key FROM unnest(${KEYS}) AS wanted(key) LEFT JOIN systems s ON s.name = wanted.key
                 WHERE s.value IS NULL OR s.value = ''`,
    among: 'systems',
    userNotices: 'Links, buttons in messages and sign-ins that were made before the outage no longer work.',
  },
];

/** How the database answers fast. Made when indexes and views are built: at the end of a service-first restore. */
export const STRUCTURE: readonly Question[] = [
  {
    id: 'audit.indexes-valid',
    level: 'fail',
    claim: 'Every index is valid',
    offenders: `SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready)`,
    among: 'the indexes',
    userNotices: 'Search and channels are slow, and what must be unique may be there twice.',
    code: 'INDEXES_INCOMPLETE',
  },
  {
    id: 'audit.materialized-views-filled',
    level: 'fail',
    claim: 'Every materialised view is filled',
    offenders: `SELECT matviewname::text FROM pg_matviews WHERE NOT ispopulated`,
    among: 'the materialised views',
    userNotices: 'The statistics in the System Console fail.',
    code: 'VIEWS_INCOMPLETE',
  },
];
