import type { ConfigInput } from '../../src/model/config.ts';

/** The least that a config has to say. */
export function minimalConfig(): ConfigInput {
  return {
    site: { url: 'https://chat.example.test' },
    backups: { store: { kind: 'filesystem', root: '/backups' }, database: {}, files: {} },
    scratch: { kind: 'local', directory: '/scratch' },
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
    tls: { certificate: '/chat.pem', key: '/chat.key' },
    members: [{ username: 'heidi', password: { env: 'MUSTER_TEST_SECRET' } }],
  };
}
