import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { days } from '../src/model/duration.ts';
import { requireTool } from '../src/support/tools.ts';

export interface KeyPair {
  readonly certFile: string;
  /** Readable by its owner alone. */
  readonly keyFile: string;
}

export interface CertificateAuthority extends KeyPair {
  readonly directory: string;
}

export interface Validity {
  /** A day ago unless told: the clocks of a lab need not agree to the second. */
  readonly validFrom?: Date;
  /** A year from now unless told. In the past for a certificate that is meant to be refused. */
  readonly validUntil?: Date;
}

export interface CertificateRequest extends Validity {
  /** Names the files: `<file>.pem` and `<file>.key`. The first name or address unless told. */
  readonly file?: string;
  readonly names: readonly string[];
  readonly addresses?: readonly string[];
  /** What it may be shown for: a server's identity unless told. */
  readonly usage?: 'serverAuth' | 'clientAuth';
}

/** Makes `ca.pem` and `ca.key` in this folder: an authority that only the lab's own clients are told to trust. */
export async function createCertificateAuthority(directory: string): Promise<CertificateAuthority> {
  await mkdir(directory, { recursive: true });
  const ca = { directory, ...filesOf(directory, 'ca') };
  await createKey(ca.keyFile);
  const openssl = await requireTool('openssl');
  const extensions = ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign,cRLSign'];
  const subject = ['-config', await writeConfig(directory), '-subj', '/O=Muster lab/CN=Muster lab authority'];
  const result = ['-key', ca.keyFile, '-out', ca.certFile, '-days', '3650', '-sha256'];
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  await execa(openssl, ['req', '-x509', '-new', ...result, ...subject, ...added]);
  return ca;
}

/** A server certificate for these names and addresses, in the authority's folder. */
export async function issueCertificate(
  { directory, certFile: caFile, keyFile: caKeyFile }: CertificateAuthority,
  {
    names,
    addresses = [],
    validFrom,
    validUntil,
    usage = 'serverAuth',
    file = names[0] ?? addresses[0] ?? 'server',
  }: CertificateRequest,
): Promise<KeyPair> {
  const openssl = await requireTool('openssl');
  const { certFile, keyFile } = filesOf(directory, file);
  await createKey(keyFile);
  // `openssl ca` keeps a register; one per certificate lets several be issued at the same time.
  const work = await mkdtemp(path.join(directory, 'issue-'));
  try {
    const config = await writeConfig(work, { names, addresses, usage });
    const request = path.join(work, 'request.pem');
    await writeFile(path.join(work, 'index.txt'), '');
    await execa(openssl, [
      'req',
      '-new',
      '-key',
      keyFile,
      '-out',
      request,
      '-config',
      config,
      '-subj',
      `/O=Muster lab/CN=${file}`,
    ]);
    const signer = ['-config', config, '-cert', caFile, '-keyfile', caKeyFile];
    const files = ['-in', request, '-out', certFile, '-outdir', work];
    const from = toAsn1Time(validFrom ?? new Date(Date.now() - days(1)));
    const until = toAsn1Time(validUntil ?? new Date(Date.now() + days(365)));
    const validity = ['-startdate', from, '-enddate', until];
    await execa(openssl, ['ca', '-batch', '-notext', ...signer, ...files, ...validity]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { certFile, keyFile };
}

function filesOf(directory: string, name: string): KeyPair {
  return { certFile: path.join(directory, `${name}.pem`), keyFile: path.join(directory, `${name}.key`) };
}

async function createKey(file: string): Promise<void> {
  await writeFile(file, '', { mode: 0o600 });
  const openssl = await requireTool('openssl');
  await execa(openssl, ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file]);
  await chmod(file, 0o600);
}

/** A configuration of our own, so that nothing depends on the one that the system happens to have. */
async function writeConfig(
  directory: string,
  {
    names,
    addresses = [],
    usage = 'serverAuth',
  }: Pick<CertificateRequest, 'names' | 'addresses' | 'usage'> = { names: [] },
): Promise<string> {
  const file = path.join(directory, 'openssl.cnf');
  const alternatives = [
    ...names.map((name) => `DNS:${name}`),
    ...addresses.map((address) => `IP:${address}`),
  ];
  const lines = [
    '[req]',
    'distinguished_name = name',
    'prompt = no',
    '[name]',
    '[ca]',
    'default_ca = lab',
    '[lab]',
    `database = ${path.join(directory, 'index.txt')}`,
    'unique_subject = no',
    'rand_serial = yes',
    'default_md = sha256',
    'policy = anything',
    ...(alternatives.length > 0 ? ['x509_extensions = server'] : []),
    '[anything]',
    'organizationName = optional',
    'commonName = supplied',
    '[server]',
    'basicConstraints = critical,CA:FALSE',
    'keyUsage = critical,digitalSignature',
    `extendedKeyUsage = ${usage}`,
    ...(alternatives.length > 0 ? [`subjectAltName = ${alternatives.join(',')}`] : []),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** 20261122041200Z, as `openssl ca` wants its dates. */
function toAsn1Time(date: Date): string {
  return date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
}
