import { days } from '../../../src/model/duration.ts';
import { anotherCertificate } from '../../meddling/certificate.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secondary IdP’s certificate is about to expire',
  damages: 'Its certificate has five days left.',
  drill: 'identity',
  caughtBy: { check: 'identity.certificate', code: 'CERTIFICATE_EXPIRES' },
  async settings(config, on) {
    const validUntil = new Date(Date.now() + days(5));
    const tls = await anotherCertificate(config, on, { by: 'the lab', validUntil });
    await on.identity.secondary.reopen({ tls });
    return config;
  },
});
