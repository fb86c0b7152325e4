import { expect, it } from 'vitest';
import type { Config } from '../../../src/model/config.ts';
import type { Route } from '../../../src/steps/verify/client-network.ts';
import { judgeRoutes } from '../../../src/steps/verify/judge-routes.ts';

const SITE: Route = { host: 'chat.drill.test', port: 8443, address: '127.0.0.20' };
const CHROMIUM: Route = { host: 'update.googleapis.com', port: 443, address: undefined };

it('passes when every connection went to the restored site', () => {
  expect(verdicts([SITE, SITE, CHROMIUM])).toEqual(['passed', 'passed']);
});

it('misses when one connection met the lost site', () => {
  const [reached] = judge([SITE, { ...SITE, address: '127.0.0.10' }]);
  expect(reached).toMatchObject({ verdict: 'missed', code: 'WRONG_SITE_REACHED' });
  expect(reached?.seen).toContain('127.0.0.10');
});

it('misses when somebody was sent to the lost site, though nobody answered there', () => {
  const [reached] = judge([SITE, { ...SITE, address: undefined, unreachable: '127.0.0.10' }]);
  expect(reached).toMatchObject({ verdict: 'missed', code: 'WRONG_SITE_REACHED' });
  expect(reached?.seen).toContain('127.0.0.10');
});

it('claims nothing when no connection was made', () => {
  expect(verdicts([])).toEqual(['unverified', 'unverified']);
  expect(judge([{ ...SITE, address: undefined }])[0]).toMatchObject({
    verdict: 'unverified',
    code: 'NO_CONNECTION',
  });
});

it.each([
  ['a connection that the proxy refused', [{ host: 'SSO.corp.test', port: 443, address: undefined }], []],
  ['a connection to its address', [{ host: 'other.test', port: 443, address: '127.0.0.11' }], []],
  ['a request of a page', [], ['sso.corp.test:8443']],
])('misses when the primary identity provider was contacted: %s', (_, routes, pageHosts) => {
  const [, contacted] = judge([SITE, ...(routes as Route[])], pageHosts as string[]);
  expect(contacted).toMatchObject({ verdict: 'missed', code: 'PRIMARY_IDP_CONTACTED' });
});

it('lists other hosts, without what Chromium asks by itself', () => {
  const [, contacted] = judge([SITE, CHROMIUM, { host: 'cdn.example', port: 443, address: undefined }]);
  expect(contacted?.seen).toContain('cdn.example');
  expect(contacted?.seen).not.toContain('googleapis');
});

function verdicts(routes: readonly Route[]) {
  return judge(routes).map(({ verdict }) => verdict);
}

function judge(routes: readonly Route[], pageHosts: readonly string[] = []) {
  const identity = {
    primary: { hosts: ['sso.corp.test', '127.0.0.11'] },
    secondary: { kind: 'openid', discoveryUrl: 'https://backup.corp.test/.well-known/openid-configuration' },
  } as unknown as Config['identity'];
  const site = { url: 'https://chat.drill.test:8443', address: '127.0.0.20' };
  return judgeRoutes({ name: 'login', site, config: { identity }, routes, pageHosts });
}
