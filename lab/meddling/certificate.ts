import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../src/model/config.ts';
import type { LabGround } from '../sabotages/sabotage.ts';
import {
  createCertificateAuthority,
  issueCertificate,
  type CertificateAuthority,
  type CertificateRequest,
  type KeyPair,
  type Validity,
} from '../tls.ts';

/** For a sabotage's `settings`: the restored site shows another certificate. */
export async function withCertificate(
  config: Config,
  on: LabGround,
  request: CertificateRequest,
): Promise<Config> {
  const authority = await unknownAuthority(on);
  const { certFile, keyFile } = await issueCertificate(authority, request);
  return { ...config, tls: { ...config.tls, certificate: certFile, key: keyFile, ca: authority.certFile } };
}

interface Wanted extends Validity {
  /** The lab's own, or one that nobody knows. */
  readonly by: 'the lab' | 'a stranger';
}

/** Another certificate for the secondary identity provider, for the same names. */
export async function anotherCertificate(
  { identity: { secondary } }: Config,
  on: LabGround,
  { by, ...validity }: Wanted,
): Promise<KeyPair> {
  if (secondary.discoveryUrl === undefined) throw new TypeError("the lab's config names it");
  const tls = path.join(on.directory, 'tls');
  const { hostname } = new URL(secondary.discoveryUrl);
  const { subjectAltName = '' } = new X509Certificate(await readFile(path.join(tls, `${hostname}.pem`)));
  const all = (pattern: RegExp) => [...subjectAltName.matchAll(pattern)].map(([, one = '']) => one);
  const authority =
    by === 'a stranger'
      ? await unknownAuthority(on)
      : { directory: on.workFolder, certFile: path.join(tls, 'ca.pem'), keyFile: path.join(tls, 'ca.key') };
  return issueCertificate(authority, {
    names: all(/DNS:([^,\s]+)/g),
    addresses: all(/IP Address:([^,\s]+)/g),
    ...validity,
  });
}

const unknownAuthority = ({ workFolder }: LabGround): Promise<CertificateAuthority> =>
  createCertificateAuthority(path.join(workFolder, 'tls'));
