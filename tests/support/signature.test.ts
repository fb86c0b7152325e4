import { expect, it } from 'vitest';
import { isSignedBy, makeKeyPair, signBytes } from '../../src/support/signature.ts';

const TEXT = Buffer.from('{"kind":"muster-baseline"}\n');

it('verifies what it signed, and nothing else', () => {
  const pair = makeKeyPair();
  const signature = signBytes(TEXT, pair);
  expect(isSignedBy(TEXT, `${signature}\n`, pair.publicKey)).toBe(true);
  expect(isSignedBy(Buffer.from('{"kind":"muster-baselinf"}\n'), signature, pair.publicKey)).toBe(false);
  expect(isSignedBy(TEXT, signature, makeKeyPair().publicKey)).toBe(false);
});

it.each(['', 'AAAA', 'no base64 at all', Buffer.alloc(64).toString('base64')])(
  'takes "%s" for no signature',
  (signature) => {
    expect(isSignedBy(TEXT, signature, makeKeyPair().publicKey)).toBe(false);
  },
);

it('refuses to sign with a key that the config does not name', () => {
  const pair = { ...makeKeyPair(), publicKey: makeKeyPair().publicKey };
  expect(() => signBytes(TEXT, pair)).toThrow('signing.key is not the private half of signing.publicKey');
});

it('says that a key is none without repeating it', () => {
  const pair = { ...makeKeyPair(), privateKey: 'hunter2' };
  expect(() => signBytes(TEXT, pair)).toThrow(
    /^signing.key leads to something that is no Ed25519 key in PEM$/,
  );
  expect(() => isSignedBy(TEXT, signBytes(TEXT, makeKeyPair()), 'AAAA')).toThrow('signing.publicKey is no');
});
