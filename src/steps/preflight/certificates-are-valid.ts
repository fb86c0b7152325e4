import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Step } from '../../model/drill.ts';
import { days, formatDuration, seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';

const MARGIN = days(14);

/** The certificate that the restored site will show is for the right name and will not expire while it is needed. */
export function certificatesAreValid(): Step {
  return {
    id: 'certificates-are-valid',
    title: "Check the restored site's certificate",
    promises: ['certificate.name', 'certificate.expiry'],
    budget: seconds(10),
    plan: ({ tls, site }) => [
      `read ${tls.certificate}: is it for ${new URL(site.url).hostname}, and until when?`,
    ],
    async run(ctx) {
      const { tls, site } = ctx.config;
      const host = new URL(site.url).hostname;
      const certificate = await readCertificate(tls.certificate);
      const matches = certificate.checkHost(host) !== undefined;
      ctx.check({
        id: 'certificate.name',
        claim: 'The certificate is for the name that users type',
        verdict: matches ? 'passed' : 'missed',
        expected: host,
        seen: certificate.subjectAltName ?? certificate.subject,
        ...(!matches && {
          code: 'CERTIFICATE_NAME',
          hint: 'Let tls.certificate name a certificate that holds the host of site.url among its names.',
        }),
      });
      const left = certificate.validToDate.getTime() - ctx.outageAt.getTime();
      ctx.check({
        id: 'certificate.expiry',
        claim: 'The certificate will not expire soon',
        verdict: left > MARGIN ? 'passed' : 'missed',
        expected: `valid for at least ${formatDuration(MARGIN)}`,
        seen:
          left > 0
            ? `${formatDuration(left)} left, until ${certificate.validToDate.toISOString()}`
            : `expired ${formatDuration(-left)} ago, on ${certificate.validToDate.toISOString()}`,
        ...(left <= MARGIN && {
          code: 'CERTIFICATE_EXPIRES',
          hint: `Renew ${tls.certificate}: browsers and clients turn away from a site whose certificate has expired.`,
        }),
        metric: {
          key: 'site_certificate_days',
          value: Math.floor(left / days(1)),
          unit: 'd',
          better: 'higher',
        },
      });
    },
  };
}

async function readCertificate(file: string): Promise<X509Certificate> {
  try {
    return new X509Certificate(await readFile(file));
  } catch (cause) {
    throw new DrillError('CONFIG_INVALID', `tls.certificate ${file} is not a certificate that can be read`, {
      cause,
      hint: 'It has to be a PEM file with the chain, the site’s own certificate first.',
    });
  }
}
