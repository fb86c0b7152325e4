import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { DrillError } from '../model/errors.ts';

/** An Ed25519 key pair (RFC 8032). */
export interface KeyPair {
  /** PKCS #8 in PEM. Whoever has it can sign; it never leaves its file. */
  readonly privateKey: string;
  /** The 32 bytes of the public half in base64, as `signing.publicKey` wants them. */
  readonly publicKey: string;
}

export function makeKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: rawOf(publicKey).toString('base64'),
  };
}

/**
 * The signature (64 bytes, base64) of these bytes. Throws CONFIG_INVALID when the private half cannot be read, or when
 * it is not the one of the public half in the config: nobody could verify such a signature.
 */
export function signBytes(bytes: Uint8Array, { privateKey, publicKey }: KeyPair): string {
  const key = readPrivateKey(privateKey);
  const own = rawOf(createPublicKey(key)).toString('base64');
  if (own !== publicKey)
    throw new DrillError('CONFIG_INVALID', 'signing.key is not the private half of signing.publicKey', {
      details: { 'public half of signing.key': own, 'signing.publicKey': publicKey },
      hint: 'Point signing.key at the file that belongs to signing.publicKey, or put the right public half into the config.',
    });
  return sign(null, bytes, key).toString('base64');
}

/** Whether the holder of the private half signed just these bytes. Throws CONFIG_INVALID when the public half is none. */
export function isSignedBy(bytes: Uint8Array, signature: string, publicKey: string): boolean {
  const key = readPublicKey(publicKey);
  const signed = Buffer.from(signature.trim(), 'base64');
  return signed.length === 64 && verify(null, bytes, key, signed);
}

function readPrivateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // What cannot be parsed may be another secret: nothing of it is told.
  }
  throw new DrillError('CONFIG_INVALID', 'signing.key leads to something that is no Ed25519 key in PEM', {
    hint: '`muster init --signing-key FILE` makes one.',
  });
}

function readPublicKey(base64: string): KeyObject {
  try {
    const x = Buffer.from(base64, 'base64').toString('base64url');
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  } catch (cause) {
    throw new DrillError('CONFIG_INVALID', 'signing.publicKey is no Ed25519 key in base64', {
      cause,
      hint: 'It is what `muster init --signing-key FILE` printed: 44 characters.',
    });
  }
}

function rawOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}
