import path from 'node:path';
import type { ConfigInput } from '../../src/model/config.ts';

/** The least that a config has to say, with its files and folders in this one. */
export function minimalConfig(directory = '/'): ConfigInput {
  const inside = (name: string) => path.join(directory, name);
  return {
    site: { url: 'https://chat.example.test' },
    backups: { store: { kind: 'filesystem', root: inside('backups') }, database: {}, files: {} },
    scratch: { kind: 'local', directory: inside('scratch') },
    application: { kind: 'stand-in' },
    identity: {
      secondary: {
        kind: 'openid',
        discoveryUrl: 'https://idp.example.test/.well-known/openid-configuration',
        clientId: 'mattermost',
        clientSecret: { env: 'MUSTER_TEST_SECRET' },
      },
      primary: { hosts: ['sso.example.test'] },
    },
    dns: { kind: 'none', name: 'chat.example.test' },
    tls: { certificate: inside('chat.pem'), key: inside('chat.key') },
    members: [{ username: 'heidi', password: { env: 'MUSTER_TEST_SECRET' } }],
  };
}
