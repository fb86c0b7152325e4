import { defineSabotage } from '../sabotage.ts';
import { meddle, refusal } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'No file can be uploaded',
  damages: 'Every upload is refused, as when the bucket may only be read.',
  drill: 'messages',
  checks: ['messages.live-file'],
  caughtBy: { check: 'messages.live-file', code: 'FILE_REFUSED' },
  settings: (config, on) =>
    meddle(config, on, {
      answer: ({ method, path }) =>
        method === 'POST' && path === '/api/v4/files'
          ? refusal(500, 'api.file.upload_file.storage.app_error')
          : undefined,
    }),
});
