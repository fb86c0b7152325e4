import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { execa } from 'execa';
import { requireTool } from './tools.ts';

export interface TrustStore {
  /** HOME for Chromium: on Linux it reads the authorities of its user from the NSS database in it. */
  readonly home: string;
  /** PEM file with the private authorities alone, for NODE_EXTRA_CA_CERTS. */
  readonly extraFile: string;
  /** PEM file with the public ones too, for programs that take it instead of their own: SSL_CERT_FILE. */
  readonly bundleFile: string;
}

/** Makes clients trust these authorities, and nothing else on this machine does. Starts afresh in the folder. */
export async function createTrustStore(caFiles: readonly string[], directory: string): Promise<TrustStore> {
  const home = path.join(directory, 'home');
  const extraFile = path.join(directory, 'private-authorities.pem');
  const bundleFile = path.join(directory, 'all-authorities.pem');
  const database = path.join(home, '.pki', 'nssdb');
  await rm(home, { recursive: true, force: true });
  await mkdir(database, { recursive: true, mode: 0o700 });
  await writeFile(extraFile, '');
  await writeFile(bundleFile, `${rootCertificates.join('\n')}\n`);

  const unique = [...new Set(caFiles)];
  if (unique.length > 0) {
    const certutil = await requireTool('certutil');
    const run = (...args: string[]) => execa(certutil, ['-d', `sql:${database}`, ...args]);
    await run('-N', '--empty-password');
    for (const [index, file] of unique.entries()) {
      await run('-A', '-t', 'C,,', '-n', `Muster drill authority ${index + 1}`, '-i', file);
      const pem = `${await readFile(file, 'utf8')}\n`;
      await appendFile(extraFile, pem);
      await appendFile(bundleFile, pem);
    }
  }
  return { home, extraFile, bundleFile };
}
