import { expect, it } from 'vitest';
import { createRedactor } from '../../src/support/redact.ts';

const SECRET = `pa ss/w'ö"rd+1`;

it.each([
  ['as it is', SECRET],
  ['in an address', `postgres://u:${encodeURIComponent(SECRET)}@host`],
  ['in an address with small hex digits', encodeURIComponent(SECRET).toLowerCase()],
  ['in a form', new URLSearchParams({ word: SECRET }).toString()],
  ['in JSON', JSON.stringify({ word: SECRET })],
  ['in a command line', `'${SECRET.replaceAll("'", String.raw`'\''`)}'`],
  ['in basic authentication', Buffer.from(`heidi:${SECRET}`).toString('base64')],
  ['in basic authentication of another length', Buffer.from(`judy:${SECRET}`).toString('base64')],
])('hides a secret %s', (_, text) => {
  const redactor = createRedactor();
  redactor.add(SECRET);
  const redacted = redactor.redact(text);
  expect(redacted).toContain('[redacted]');
  for (const rest of ['pa ss', 'pa+ss', 'pa%20ss', 'rd+1', 'rd%2b1'])
    expect(redacted.toLowerCase()).not.toContain(rest);
});

it('hides each line of a key', () => {
  const redactor = createRedactor();
  redactor.add('-----BEGIN KEY-----\nabcdefghijkl\n-----END KEY-----\n');
  expect(redactor.redact('read abcdefghijkl')).toBe('read [redacted]');
});

it('leaves no end of a secret that begins like another', () => {
  const redactor = createRedactor();
  redactor.add('secret');
  redactor.add('secret-longer');
  expect(redactor.redact('secret-longer')).toBe('[redacted]');
});

it('does not blank ordinary text for a very short value', () => {
  const redactor = createRedactor();
  redactor.add('abc');
  redactor.add('');
  expect(redactor.redact('abcdef')).toBe('abcdef');
});

it('changes only texts in JSON', () => {
  const redactor = createRedactor();
  redactor.add('2026');
  redactor.add('true');
  expect(redactor.redactJson({ year: 2026, yes: true, text: 'in 2026' })).toEqual({
    year: 2026,
    yes: true,
    text: 'in [redacted]',
  });
  expect(redactor.redactJson({ text: 'in 2026' }, { longerThan: 12 })).toEqual({ text: 'in 2026' });
});
