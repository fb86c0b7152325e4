import { days } from '../../../src/model/duration.ts';
import { anotherCertificate } from '../../meddling/certificate.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secondary IdP’s certificate has expired',
  damages: 'Its certificate: nobody looks at a machine that is only there for bad days.',
  drill: 'identity',
  caughtBy: { check: 'identity.certificate', code: 'CERTIFICATE_EXPIRED' },
  mayFollow: [
    'error',
    'identity.reachable',
    'identity.clock',
    'identity.metadata',
    'identity.keys',
    'identity.known-keys',
  ],
  async settings(config, on) {
    const validity = {
      validFrom: new Date(Date.now() - days(400)),
      validUntil: new Date(Date.now() - days(1)),
    };
    const tls = await anotherCertificate(config, on, { by: 'the lab', ...validity });
    await on.identity.secondary.reopen({ tls });
    return config;
  },
});
