import { expect, it } from 'vitest';
import { restoreFailure } from '../../../src/providers/database/restore-failure.ts';
import { withoutRows } from '../../../src/providers/database/without-rows.ts';

const COPY_FAILED = `pg_restore: error: COPY failed for table "posts": ERROR:  invalid byte sequence for encoding "UTF8": 0xff
CONTEXT:  COPY posts, line 5, column message: "meet me at the harbour
ask for Ines"
`;
const KEY_TWICE = `pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 3; 0 0 CONSTRAINT users users_email_key mmuser
pg_restore: error: could not execute query: ERROR:  could not create unique index "users_email_key"
DETAIL:  Key (email)=(ines@lantern.example) is duplicated.
Command was: INSERT INTO posts VALUES ('meet me at the harbour');
`;

it('keeps what went wrong and no row that it went wrong with', () => {
  expect(withoutRows(COPY_FAILED)).toBe(
    'pg_restore: error: COPY failed for table "posts": ERROR:  invalid byte sequence for encoding "UTF8": 0xff\n',
  );
  expect(withoutRows(KEY_TWICE)).toMatch(/users_email_key"\n$/);
  expect(withoutRows(KEY_TWICE)).not.toMatch(/ines@|harbour/);
});

it('keeps the value out that a type could not take, and its type in', () => {
  const said = 'psql:<stdin>:12: ERROR:  invalid input syntax for type bigint: "meet me at the harbour"\n';
  expect(withoutRows(said)).toBe('psql:<stdin>:12: ERROR:  invalid input syntax for type bigint: …\n');
});

it('keeps rows out of the error that stops a restore', () => {
  const error = restoreFailure('psql', 'ERROR:  invalid input value for enum channel_type: "harbour"');
  expect(error.message).toContain('invalid input value for enum channel_type');
  expect(error.message).not.toContain('harbour');
});
