import { defineSabotage } from '../sabotage.ts';
import { withImage } from '../with-image.ts';

export default defineSabotage({
  title: 'The site ends as soon as it is started, again and again',
  damages: 'The image that the drill starts: one with nothing but a shell.',
  drill: 'cluster-site',
  caughtBy: { error: 'APPLICATION_NOT_HEALTHY' },
  settings: (config) => withImage(config, { image: 'muster.lab/probe', version: '1' }),
});
