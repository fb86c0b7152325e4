import { defineSabotage } from '../sabotage.ts';
import { withImage } from '../with-image.ts';

export default defineSabotage({
  title: 'No node can pull the image of the site',
  damages: 'The name of the image that the drill starts.',
  drill: 'cluster-site',
  caughtBy: { error: 'APPLICATION_NOT_HEALTHY' },
  settings: (config) => withImage(config, { image: 'registry.invalid/mattermost' }),
});
