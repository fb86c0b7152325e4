import {
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { Database } from './database.ts';
import { newId } from './ids.ts';

/** What a site is known by: its diagnostic id, and the key that it signs links with. */
export interface SiteIdentity {
  readonly diagnosticId: string;
  /** DER of the public key, base64, as GET /config/client gives it. */
  readonly publicKey: string;
  sign(text: string): string;
}

/** Reads the site's identity from `systems`; a site without a key gets one for this run. */
export async function readSiteIdentity(db: Database): Promise<SiteIdentity> {
  const rows = await db.rows<{ name: string; value: string }>(
    `SELECT name, value FROM systems WHERE name IN ('DiagnosticId', 'AsymmetricSigningKey')`,
  );
  const values = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  const key = values['AsymmetricSigningKey']
    ? parseKey(values['AsymmetricSigningKey'])
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return {
    diagnosticId: values['DiagnosticId'] ?? newId(),
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'),
    sign: (text) => createSign('sha256').update(text).sign(key).toString('base64url'),
  };
}

/** Mattermost stores the curve point and the scalar as decimal numbers, too large for JSON.parse. */
function parseKey(json: string): KeyObject {
  const coordinate = (name: string): string => {
    const digits = new RegExp(`"${name}"\\s*:\\s*(\\d+)`).exec(json)?.[1] ?? '0';
    return Buffer.from(BigInt(digits).toString(16).padStart(64, '0'), 'hex').toString('base64url');
  };
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate('x'), y: coordinate('y'), d: coordinate('d') };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}
