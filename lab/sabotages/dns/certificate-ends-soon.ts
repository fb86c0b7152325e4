import { defineSabotage } from '../sabotage.ts';
import { days } from '../../../src/model/duration.ts';
import { withCertificate } from '../../meddling/certificate.ts';

export default defineSabotage({
  title: 'The certificate ends in three days',
  damages: 'The certificate that the restored site shows.',
  drill: 'names',
  caughtBy: { check: 'certificate.expiry', code: 'CERTIFICATE_EXPIRES' },
  settings: (config, on) =>
    withCertificate(config, on, {
      names: [new URL(config.site.url).hostname],
      validUntil: new Date(Date.now() + days(3)),
    }),
});
