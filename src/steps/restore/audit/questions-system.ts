import type { Question } from './question.ts';

const list = (names: readonly string[]) => `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]`;

/** Tables without which the server does not start, or a user sees at once that something is missing. */
const TABLES = list([
  ...['users', 'teams', 'channels', 'teammembers', 'channelmembers', 'publicchannels', 'bots', 'status'],
  ...['posts', 'threads', 'threadmemberships', 'fileinfo', 'reactions', 'emoji', 'preferences', 'sessions'],
  ...['systems', 'roles', 'schemes', 'jobs', 'licenses', 'pluginkeyvaluestore', 'db_migrations'],
]);

/** Made by the server's own migrations (server/channels/db/migrations/postgres), before 7.0. */
const TYPES = list(['channel_type', 'team_type', 'upload_session_type']);

/** Made once at the first start of a site; a server that finds none makes new ones and is another site from then on. */
const KEYS = list(['DiagnosticId', 'AsymmetricSigningKey', 'PostActionCookieSecret', 'InstallationDate']);

/** The text of the only value of a query that is put together while another one runs. */
const valueOf = (query: string) =>
  `(xpath('/row/value/text()', query_to_xml(${query}, false, true, '')))[1]::text`;

/** Before PostgreSQL 15 a database knows no version of its collation, and the function does not exist. */
const OTHER_VERSION = `CASE WHEN to_jsonb(d) ->> 'datcollversion' IS NOT NULL THEN to_jsonb(d) ->> 'datcollversion' IS DISTINCT FROM ${valueOf(
  `'SELECT pg_database_collation_actual_version(' || d.oid || '::oid) AS value'`,
)} END`;
const NEWEST_NUMBER = `${valueOf(`format('SELECT max(%I) AS value FROM %s', a.attname, d.refobjid::regclass)`)}::numeric`;

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
    id: 'audit.types-present',
    level: 'fail',
    claim: 'Every enumerated type that Mattermost writes with is there',
    offenders: `SELECT name FROM unnest(${TYPES}) AS wanted(name) WHERE to_regtype(name) IS NULL`,
    among: 'the enumerated types',
    userNotices: 'New channels, teams or uploads are refused, and the next upgrade fails.',
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
  {
    id: 'audit.collations-current',
    level: 'fail',
    claim: 'Text is sorted by the version of the collation that its indexes were built with',
    offenders: `SELECT d.datname::text FROM pg_database d
                 WHERE d.datname = current_database() AND ${OTHER_VERSION}
                UNION ALL
                SELECT c.collname::text FROM pg_collation c
                 WHERE c.collversion <> pg_collation_actual_version(c.oid)
                   AND EXISTS (SELECT FROM pg_index i WHERE c.oid = ANY (i.indcollation::oid[]))`,
    among: 'the collations',
    userNotices:
      'Names and addresses are not found although they are there, or are there twice: REINDEX, then ALTER DATABASE … REFRESH COLLATION VERSION.',
    code: 'COLLATION_OUTDATED',
  },
  {
    id: 'audit.sequences-ahead',
    level: 'fail',
    claim: 'No sequence is behind the column that takes its numbers from it',
    offenders: `SELECT owned.sequence::text FROM (
                  SELECT d.objid::regclass AS sequence, ${NEWEST_NUMBER} AS newest
                    FROM pg_depend d
                    JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
                    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                     AND d.deptype IN ('a', 'i')) AS owned
                 WHERE owned.newest > coalesce(pg_sequence_last_value(owned.sequence), 0)`,
    among: 'the sequences',
    userNotices: 'What is written next takes a number that is taken, and fails: plugins keep such tables.',
    code: 'SEQUENCE_BEHIND',
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
