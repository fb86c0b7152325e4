import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { jwkThumbprint } from '../../support/jwk-thumbprint.ts';
import type { PublishedKey } from './contract.ts';

/** The keys of a JWK set (RFC 7517) that signatures are verified with; those for encryption are left out. */
export function readPublishedKeys(keys: readonly unknown[]): readonly PublishedKey[] {
  return keys
    .filter((key) => (key as { use?: unknown } | null)?.use !== 'enc')
    .map((key) => readKey((typeof key === 'object' && key !== null ? key : {}) as Record<string, unknown>));
}

/** NIST SP 800-131A Rev. 2, section 3: shorter ones must not be used for signatures. */
const SHORTEST_RSA = 2_048;

function readKey(jwk: Readonly<Record<string, unknown>>): PublishedKey {
  const thumbprint = jwkThumbprint(jwk);
  if (thumbprint === undefined)
    return { thumbprint: '', fault: 'is no key that a signature can be verified with' };
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
