import { expect, it } from 'vitest';
import { addressesIn, isSecretName } from '../../src/support/addresses.ts';

it.each([
  [
    'DB_CONNECTION_STRING',
    'postgres://mm:p%40ss@db.prod.example:5432/mattermost?sslmode=require',
    ['db.prod.example'],
  ],
  ['MM_SQLSETTINGS_DATASOURCE', "host=10.2.3.4 port=5432 user=mm password='x y'", ['10.2.3.4']],
  ['REPLICAS', 'postgres://a:b@r1.example/mm postgres://a:b@r2.example/mm', ['r1.example', 'r2.example']],
  ['smtp', 'smtp.prod.example:587', ['smtp.prod.example']],
  ['MM_LDAPSETTINGS_LDAPSERVER', 'ldap.prod.example', ['ldap.prod.example']],
  ['url', 's3.eu-central-1.amazonaws.com', ['s3.eu-central-1.amazonaws.com']],
  ['SITE', 'https://[2001:db8::1]:8443/path', ['2001:db8::1']],
])('finds the addresses in %s', (name, value, wanted) => {
  expect(addressesIn(value, name)).toEqual(wanted);
});

it.each([
  ['file', 'config.json'],
  ['MM_SERVICESETTINGS_LISTENADDRESS', ':8065'],
  ['MM_EMAILSETTINGS_SMTPSERVER', 'localhost'],
  ['MM_EMAILSETTINGS_SMTPSERVER', '127.0.0.1'],
  ['tls.crt', '-----BEGIN CERTIFICATE-----\nhost=never.example\n'],
  ['MM_TEAMSETTINGS_SITENAME', 'Chat at Example'],
])('finds none in %s %j', (name, value) => {
  expect(addressesIn(value, name)).toEqual([]);
});

it('knows which variables hold secrets', () => {
  const secret = [
    'MM_GITLABSETTINGS_SECRET',
    'MM_SQLSETTINGS_DATASOURCE',
    'MM_SQLSETTINGS_ATRESTENCRYPTKEY',
    'MM_CONFIG',
  ];
  const open = [
    'MM_GITLABSETTINGS_ID',
    'MM_SERVICESETTINGS_SITEURL',
    'MM_EMAILSETTINGS_SMTPSERVER',
    'MM_CONFIGURATION_NAME',
  ];
  expect(secret.filter((name) => !isSecretName(name))).toEqual([]);
  expect(open.filter(isSecretName)).toEqual([]);
});
