import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate, type CertificateAuthority } from '../../../lab/tls.ts';
import { days, hours } from '../../../src/model/duration.ts';
import { certificatesAreValid } from '../../../src/steps/preflight/certificates-are-valid.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';

const outageAt = new Date('2026-11-21T18:00:00Z');
const after = (time: number): Date => new Date(outageAt.getTime() + time);

let directory: string;
let authority: CertificateAuthority;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-test-tls-'));
  authority = await createCertificateAuthority(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it('passes for the right name and a fortnight to spare', async () => {
  await using ctx = await check(await issue({ validUntil: after(days(14) + hours(1)) }));
  expect(ctx.checkOf('certificate.name').verdict).toBe('passed');
  expect(ctx.checkOf('certificate.expiry')).toMatchObject({ verdict: 'passed', metric: { value: 14 } });
});

it('takes a wildcard for one label, as browsers do', async () => {
  await using one = await check(await issue({ names: ['*.drill.test'] }));
  expect(one.checkOf('certificate.name').verdict).toBe('passed');
  await using two = await check(await issue({ names: ['*.test'] }));
  expect(two.checkOf('certificate.name').code).toBe('CERTIFICATE_NAME');
});

it('misses when the certificate is for another name', async () => {
  await using ctx = await check(await issue({ names: ['mail.drill.test'] }));
  expect(ctx.checkOf('certificate.name')).toMatchObject({
    verdict: 'missed',
    code: 'CERTIFICATE_NAME',
    expected: 'chat.drill.test',
    seen: 'DNS:mail.drill.test',
  });
  expect(ctx.checkOf('certificate.expiry').verdict).toBe('passed');
});

it('misses when less than a fortnight is left', async () => {
  await using ctx = await check(await issue({ validUntil: after(days(14) - hours(1)) }));
  const missed = ctx.checkOf('certificate.expiry');
  expect(missed).toMatchObject({ verdict: 'missed', code: 'CERTIFICATE_EXPIRES', metric: { value: 13 } });
  expect(missed.seen).toContain('left, until 2026-12-05T17:00:00.000Z');
  expect(ctx.checkOf('certificate.name').verdict).toBe('passed');
});

it('misses when it had expired at the outage', async () => {
  await using ctx = await check(await issue({ validFrom: after(-days(90)), validUntil: after(-hours(2)) }));
  const missed = ctx.checkOf('certificate.expiry');
  expect(missed).toMatchObject({ verdict: 'missed', code: 'CERTIFICATE_EXPIRES' });
  expect(missed.seen).toMatch(/^expired 2h.* ago/);
});

it('ends when there is no certificate to look at', async () => {
  const file = path.join(directory, 'garbled.pem');
  await writeFile(file, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  for (const certificate of [file, authority.keyFile, path.join(directory, 'absent.pem')])
    await expect(check(certificate)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

let issued = 0;
async function issue(request: { names?: string[]; validFrom?: Date; validUntil?: Date }): Promise<string> {
  const { certFile } = await issueCertificate(authority, {
    names: ['chat.drill.test'],
    validFrom: after(-days(1)),
    validUntil: after(days(365)),
    ...request,
    file: `site-${++issued}`,
  });
  return certFile;
}

async function check(certificate: string): Promise<TestContext> {
  const ctx = await openStepContext({
    outageAt,
    config: { site: { url: 'https://chat.drill.test:8443' }, tls: { certificate, key: 'unread.key' } },
  });
  try {
    await certificatesAreValid().run(ctx);
  } catch (error) {
    await ctx[Symbol.asyncDispose]();
    throw error;
  }
  return ctx;
}
