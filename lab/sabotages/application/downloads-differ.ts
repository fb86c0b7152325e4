import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'Files come down with other bytes',
  damages: 'One byte of every file that is downloaded.',
  drill: 'messages',
  checks: ['messages.file'],
  caughtBy: { check: 'messages.file', code: 'FILE_LOST' },
  settings: (config, on) =>
    meddle(config, on, {
      change: ({ method, path }, { status, body }) => {
        if (method !== 'GET' || !/^\/api\/v4\/files\/\w{26}$/.test(path)) return { status, body };
        const changed = Buffer.from(body);
        changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
        return { status, body: changed };
      },
    }),
});
