import path from 'node:path';
import type { Config } from '../../src/model/config.ts';
import type { LabGround } from '../sabotages/sabotage.ts';
import { createCertificateAuthority, issueCertificate, type CertificateRequest } from '../tls.ts';

/** For a sabotage's `settings`: the restored site shows another certificate. */
export async function withCertificate(
  config: Config,
  on: LabGround,
  request: CertificateRequest,
): Promise<Config> {
  const authority = await createCertificateAuthority(path.join(on.workFolder, 'tls'));
  const { certFile, keyFile } = await issueCertificate(authority, request);
  return { ...config, tls: { ...config.tls, certificate: certFile, key: keyFile, ca: authority.certFile } };
}
