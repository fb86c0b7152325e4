import { defineSabotage } from '../sabotage.ts';
import { withCertificate } from '../../meddling/certificate.ts';

export default defineSabotage({
  title: 'The certificate is for another name',
  damages: 'The certificate that the restored site shows.',
  drill: 'names',
  caughtBy: { check: 'certificate.name', code: 'CERTIFICATE_NAME' },
  settings: (config, on) => withCertificate(config, on, { names: ['chat.elsewhere.test'] }),
});
