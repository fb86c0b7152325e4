import { anotherCertificate } from '../../meddling/certificate.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The secondary IdP’s certificate is signed by an authority that nobody knows',
  damages: 'Its certificate, as when somebody else answers at its address.',
  drill: 'identity',
  caughtBy: { check: 'identity.certificate', code: 'CERTIFICATE_UNTRUSTED' },
  mayFollow: [
    'error',
    'identity.reachable',
    'identity.clock',
    'identity.metadata',
    'identity.keys',
    'identity.known-keys',
  ],
  async settings(config, on) {
    await on.identity.secondary.reopen({ tls: await anotherCertificate(config, on, { by: 'a stranger' }) });
    return config;
  },
});
