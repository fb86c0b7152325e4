import { expect, it } from 'vitest';
import {
  readEffectiveSettings,
  type EffectiveSettings,
} from '../../../src/steps/verify/air-gap/effective-settings.ts';
import { judgeGroups, tabulate } from '../../../src/steps/verify/air-gap/judge-settings.ts';
import { AIR_GAP_SETTINGS } from '../../../src/steps/verify/air-gap/settings.ts';
import { quarantineConfiguration } from '../../../src/steps/restore/quarantine/stored-configuration.ts';
import { matcher } from '../../../src/steps/restore/quarantine/production-addresses.ts';

type Values = Readonly<Record<string, string>>;

/** What quarantine and the scratch's own environment leave. */
const CLOSED: Values = {
  ...Object.fromEntries(
    AIR_GAP_SETTINGS.map(({ setting, safe }) => [setting, typeof safe === 'object' ? '' : String(safe)]),
  ),
  'PluginSettings.Enable': 'false',
};

function settings(values: Values, plugins: readonly string[] = []): EffectiveSettings {
  return {
    plugins,
    find: (setting) => {
      const value = values[setting];
      return value === undefined ? undefined : { value, where: 'environment' };
    },
  };
}

const judge = (values: Values, { plugins = [] as readonly string[], isSealed = true } = {}) =>
  judgeGroups(
    tabulate({ settings: settings(values, plugins), declared: new Set(['idp.example']), isSealed }),
  );
const missed = (values: Values, options = {}) =>
  judge(values, options).filter(({ verdict }) => verdict === 'missed');

it('passes when every way out is closed, and says which only the network holds', () => {
  expect(missed(CLOSED)).toEqual([]);
  expect(judge(CLOSED).find(({ id }) => id === 'air-gap.content')?.seen).toContain(
    '2 of them by the network alone',
  );
});

it.each([
  ['air-gap.calls-home', 'ServiceSettings.EnableSecurityFixAlert', 'true'],
  ['air-gap.calls-home', 'CloudSettings.Disable', 'false'],
  ['air-gap.mail-and-push', 'EmailSettings.SendPushNotifications', 'true'],
  ['air-gap.mail-and-push', 'EmailSettings.SMTPServer', 'mail.production.example'],
  ['air-gap.content', 'ServiceSettings.EnableLinkPreviews', 'true'],
  ['air-gap.integrations', 'ServiceSettings.EnableOutgoingWebhooks', 'true'],
  ['air-gap.plugins', 'PluginSettings.AutomaticPrepackagedPlugins', 'true'],
  ['air-gap.services', 'SqlSettings.DataSourceReplicas', 'postgres://u:p@aurora.example/m'],
  ['air-gap.services', 'CacheSettings.CacheType', 'redis'],
])('misses in %s: %s = %s', (id, setting, value) => {
  const found = missed({ ...CLOSED, [setting]: value });
  expect(found).toMatchObject([{ id, code: 'AIR_GAP_OPEN', seen: expect.stringContaining(setting) }]);
  expect(found[0]?.seen).not.toContain('u:p');
});

it('takes the default of a setting that nobody has set', () => {
  const { 'ServiceSettings.EnableLinkPreviews': _, ...rest } = CLOSED;
  expect(missed(rest)).toMatchObject([{ id: 'air-gap.content' }]);
});

it('lets the declared identity provider be named, and no other', () => {
  const on = { ...CLOSED, 'GitLabSettings.Enable': 'true' };
  expect(missed({ ...on, 'GitLabSettings.TokenEndpoint': 'https://idp.example/token' })).toEqual([]);
  expect(missed({ ...on, 'GitLabSettings.TokenEndpoint': 'https://sso.lost.example/token' })).toHaveLength(1);
  expect(missed({ ...CLOSED, 'GitLabSettings.TokenEndpoint': 'https://sso.lost.example/token' })).toEqual([]);
});

it('says what each plugin that would run needs', () => {
  const plugins = ['com.mattermost.calls', 'playbooks', 'com.example.own'];
  expect(missed(CLOSED, { plugins })).toEqual([]);
  const [found] = missed({ ...CLOSED, 'PluginSettings.Enable': 'true' }, { plugins });
  expect(found?.seen).toContain('com.mattermost.calls is true: a STUN server');
  expect(found?.seen).toContain('com.example.own is true: nobody knows what');
  expect(found?.seen).not.toContain('playbooks');
});

it('does not pass what no setting closes where the network is not sealed', () => {
  expect(missed(CLOSED, { isSealed: false })).toMatchObject([{ id: 'air-gap.content' }]);
});

it('finds everything closed by quarantine but what the environment gives', () => {
  const configuration = quarantineConfiguration({}, matcher([]));
  const effective = readEffectiveSettings({}, configuration);
  const rows = tabulate({ settings: effective, declared: new Set(), isSealed: true });
  expect(rows.filter(({ verdict }) => verdict === 'open').map(({ setting }) => setting)).toEqual([]);
});

it('lets a variable of the process win over what is stored', () => {
  const environment = { MM_EMAILSETTINGS_SMTPSERVER: 'mail.example' };
  const effective = readEffectiveSettings(environment, {
    EmailSettings: { SMTPServer: '127.0.0.1', SMTPPort: '9' },
    PluginSettings: { PluginStates: { playbooks: { Enable: true }, focalboard: { Enable: false } } },
  });
  expect(effective.find('EmailSettings.SMTPServer')).toEqual({ value: 'mail.example', where: 'environment' });
  expect(effective.find('EmailSettings.SMTPPort')).toEqual({ value: '9', where: 'configuration' });
  expect(effective.find('EmailSettings.FeedbackName')).toBeUndefined();
  expect(effective.plugins).toEqual(['playbooks']);
});
