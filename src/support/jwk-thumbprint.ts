import { createHash } from 'node:crypto';

/** What a thumbprint is made of, in this order (RFC 7638, section 3.2; RFC 8037, section 2). */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
};

/** RFC 7638 with SHA-256, in base64url; the same for both halves of a pair. Undefined for what is no key of a pair. */
export function jwkThumbprint(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const members = REQUIRED[String(jwk['kty'])];
  if (!members?.every((name) => typeof jwk[name] === 'string')) return undefined;
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  return createHash('sha256').update(canonical).digest('base64url');
}
