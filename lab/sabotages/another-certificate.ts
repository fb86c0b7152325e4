import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { X509Certificate } from 'node:crypto';
import type { Config } from '../../src/model/config.ts';
import { createCertificateAuthority, issueCertificate, type KeyPair, type Validity } from '../tls.ts';
import type { LabGround } from './sabotage.ts';

interface Wanted extends Validity {
  /** The lab's own, or one that nobody knows. */
  readonly by: 'the lab' | 'a stranger';
}

/** Another certificate for the secondary identity provider, for the same names. */
export async function anotherCertificate(
  { identity }: Config,
  { directory, workFolder }: LabGround,
  { by, ...validity }: Wanted,
): Promise<KeyPair> {
  const tls = path.join(directory, 'tls');
  const host = identity.secondary.discoveryUrl && new URL(identity.secondary.discoveryUrl).hostname;
  const now = new X509Certificate(await readFile(path.join(tls, `${host}.pem`)));
  const names = [...(now.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name);
  const addresses = [...(now.subjectAltName ?? '').matchAll(/IP Address:([^,\s]+)/g)].map(
    ([, address = '']) => address,
  );
  const authority =
    by === 'a stranger'
      ? await createCertificateAuthority(path.join(workFolder, 'tls'))
      : { directory: workFolder, certFile: path.join(tls, 'ca.pem'), keyFile: path.join(tls, 'ca.key') };
  return issueCertificate(authority, { names, addresses, ...validity });
}
