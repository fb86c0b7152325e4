import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto';
import type { PublishedKey } from './contract.ts';

/** The keys of a JWK set (RFC 7517) that signatures are verified with; those for encryption are left out. */
export function readPublishedKeys(keys: readonly unknown[]): readonly PublishedKey[] {
  return keys
    .filter((key) => (key as { use?: unknown } | null)?.use !== 'enc')
    .map((key) => readKey((typeof key === 'object' && key !== null ? key : {}) as Record<string, unknown>));
}

/** What a thumbprint is made of, in this order (RFC 7638, section 3.2; RFC 8037, section 2). */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
};

/** NIST SP 800-131A Rev. 2, section 3: shorter ones must not be used for signatures. */
const SHORTEST_RSA = 2_048;

function readKey(jwk: Readonly<Record<string, unknown>>): PublishedKey {
  const members = REQUIRED[String(jwk['kty'])];
  if (!members?.every((name) => typeof jwk[name] === 'string'))
    return { thumbprint: '', fault: 'is no key that a signature can be verified with' };
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  const thumbprint = createHash('sha256').update(canonical).digest('base64url');
  const fault = faultOf(jwk);
  return fault === undefined ? { thumbprint } : { thumbprint, fault };
}

function faultOf(jwk: Readonly<Record<string, unknown>>): string | undefined {
  if ('d' in jwk) return 'is published with its private half';
  try {
    const { asymmetricKeyDetails: { modulusLength = SHORTEST_RSA } = {} } = createPublicKey({
      key: jwk as JsonWebKey,
      format: 'jwk',
    });
    return modulusLength < SHORTEST_RSA ? `has ${modulusLength} bits` : undefined;
  } catch {
    return 'cannot be read';
  }
}
