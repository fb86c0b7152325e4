import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderJsonSchema } from '../../src/config/json-schema.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { requireSecrets } from '../../src/config/secrets.ts';
import { whatRuns } from '../../src/model/config.ts';
import { renderError, type DrillError } from '../../src/model/errors.ts';
import { openTempFolder } from '../scripts/tiny-programs.ts';
import { minimalConfig } from './minimal-config.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const SECRET = 'hunter2 secret';
type Tree = Record<string, any>;

it.each(['generic', 'aws', 'azure', 'air-gapped'])('takes the %s example', async (name) => {
  const { config } = await loadConfig(path.join(ROOT, 'examples', `${name}.yaml`));
  expect(config.members.length).toBeGreaterThan(0);
});

it('has a current JSON Schema for editors', async () => {
  expect(JSON.parse(await readFile(path.join(ROOT, 'muster.schema.json'), 'utf8'))).toEqual(
    JSON.parse(renderJsonSchema()),
  );
});

it('shows all problems at once, by path', () => {
  const error = problemsOf((config) => {
    config['objectives'] = { rpo: '15 min' };
    config['objectvies'] = {};
    delete config['site'].url;
    config['backups'].store = { kind: 'gcs' };
    config['members'] = [];
    config['scratch'].port = '443';
  });
  expect(error.message).toBe('c.yaml has 6 problems');
  expect(error.details).toEqual({
    'site.url': 'is missing (wanted a string)',
    'objectives.rpo': 'must be a duration such as "90s", "15m" or "2h" (got "15 min")',
    'backups.store.kind': 'must be "s3", "azure-blob" or "filesystem" (got "gcs")',
    'scratch.port': 'must be a number (got "443")',
    members: 'must have at least 1 item (got 0)',
    objectvies: 'is not a known key (check the spelling)',
  });
});

it.each<[string, (config: Tree) => void]>([
  ['a password', (config) => (config['members'][0].password = SECRET)],
  ['the name of a variable', (config) => (config['members'][0].password = { env: SECRET })],
  ['a reference of another shape', (config) => (config['members'][0].password = { value: SECRET })],
  ['a list', (config) => (config['members'] = { username: 'heidi', password: SECRET })],
  ['a store', (config) => (config['backups'].store = `s3://key:${SECRET}@bucket`)],
  ['a copy', (config) => (config['backups'].copies = [`AccountKey=${SECRET}`])],
  [
    'an address',
    (config) => (config['site'].url = `https://heidi:${encodeURIComponent(SECRET)}@chat.example.com`),
  ],
  [
    'a signed address',
    (config) =>
      (config['backups'].store = {
        kind: 'azure-blob',
        container: 'abc',
        endpoint: `https://a.example/?sig=${SECRET}`,
      }),
  ],
  [
    'an endpoint',
    (config) =>
      (config['backups'].store = { kind: 's3', bucket: 'b', endpoint: `Name=a;AccountKey=${SECRET}` }),
  ],
])('refuses a secret in place of %s, and does not repeat it', (_, change) => {
  const error = problemsOf(change);
  expect(error.code).toBe('CONFIG_INVALID');
  expect(renderError(error)).not.toMatch(/hunter2/);
});

it.each([
  'a: *hunter2',
  'a: [hunter2',
  'a: "hunter2\\q"',
  'a: b: hunter2',
  'a: @hunter2',
  'a: 1\na: hunter2',
])('says that %j is not YAML without quoting it', async (yaml) => {
  await using folder = await openTempFolder();
  await writeFile(path.join(folder.path, 'muster.config.yaml'), yaml);
  const error: DrillError = await loadConfig(undefined, folder.path).then(
    () => expect.fail(),
    (thrown) => thrown,
  );
  expect(error.message).toContain('is not YAML');
  expect(renderError(error)).not.toContain('hunter2');
});

it('takes paths relative to the file', async () => {
  await using folder = await openTempFolder();
  const config = { ...minimalConfig(), tls: { certificate: 'tls/chat.pem', key: '/etc/chat.key' } };
  await writeFile(path.join(folder.path, 'site.yaml'), JSON.stringify(config));
  const loaded = await loadConfig(path.join(folder.path, 'site.yaml'), '/');
  expect(loaded.config.tls).toEqual({
    certificate: path.join(folder.path, 'tls/chat.pem'),
    key: '/etc/chat.key',
  });
});

it('takes a config in TypeScript', async () => {
  await using folder = await openTempFolder();
  const text = `const config: object = ${JSON.stringify(minimalConfig())};\nexport default config;\n`;
  await writeFile(path.join(folder.path, 'muster.config.ts'), text);
  await writeFile(path.join(folder.path, 'package.json'), '{"type":"module"}');
  expect((await loadConfig(undefined, folder.path)).config.dns.name).toBe('chat.example.test');
});

it('does not choose between two configs', async () => {
  await using folder = await openTempFolder();
  for (const name of ['muster.config.yaml', 'muster.config.ts'])
    await writeFile(path.join(folder.path, name), '');
  await expect(loadConfig(undefined, folder.path)).rejects.toThrow(
    'both muster.config.yaml and muster.config.ts are in',
  );
});

it('names all secrets that cannot be had at once, each once', async () => {
  const ref = { env: 'MUSTER_TEST_NEVER_SET' };
  const refs = { a: ref, b: ref, c: [{ file: '/nowhere/secret' }] };
  await expect(requireSecrets(refs)).rejects.toMatchObject({
    code: 'SECRET_MISSING',
    message: '2 secrets that the config refers to cannot be had',
  });
});

it('demands of a drill neither a private key nor a way into the primary', async () => {
  const signing = { key: { file: '/nowhere/key.pem' } };
  const baseline = { database: { password: { env: 'MUSTER_TEST_NEVER_SET' } } };
  expect(await requireSecrets({ signing, baseline })).toEqual([]);
});

it('demands a key and an archive for baselines', () => {
  const error = problemsOf((config) => {
    config['baseline'] = {
      database: { host: 'db', user: 'reader', password: { env: 'MUSTER_TEST_NEVER_SET' } },
    };
  });
  expect(error.details).toMatchObject({ signing: expect.stringContaining('is needed by baseline') });
});

it('tells what a drill into a cluster lacks, and what it may not have', () => {
  const error = problemsOf((config) => {
    config['scratch'] = {
      kind: 'kubernetes',
      address: '10.0.0.1',
      namespace: 'Mattermost_Drill',
      resources: { cpu: 'half', memory: '4 GiB' },
      probeImage: 'busybox:1.37',
      database: { kind: 'cluster' },
      files: { kind: 'bucket', store: { kind: 's3', bucket: 'drill' } },
    };
  });
  expect(error.details).toMatchObject({
    'scratch.namespace': expect.stringContaining('must be a Kubernetes name such as "mattermost-drill"'),
    'scratch.resources.cpu': expect.stringContaining('must be a Kubernetes quantity such as "500m" or "4Gi"'),
    'scratch.resources.memory': expect.stringContaining('must be a Kubernetes quantity'),
    'scratch.database.kind': expect.stringContaining('"server"'),
    'scratch.files.store': expect.stringContaining('needs accessKeyId and secretAccessKey'),
  });
});

it('takes an operator for a cluster alone, and a cluster for an operator alone', () => {
  expect(problemsOf((config) => (config['application'] = { kind: 'operator' })).details).toEqual({
    'application.kind': expect.stringContaining('only where scratch.kind is "kubernetes"'),
  });
  const secret = { env: 'MUSTER_TEST_NEVER_SET' };
  const error = problemsOf((config) => {
    config['scratch'] = {
      kind: 'kubernetes',
      address: '10.0.0.1',
      probeImage: 'busybox:1.37',
      database: { kind: 'server', host: 'db', user: 'muster', password: secret },
      files: {
        kind: 'bucket',
        store: { kind: 's3', bucket: 'drill', accessKeyId: secret, secretAccessKey: secret },
      },
    };
  });
  expect(error.details).toMatchObject({
    'application.kind': expect.stringContaining('must be "operator"'),
    'backups.velero': expect.stringContaining('is needed by scratch.kind "kubernetes"'),
  });
});

it('reads a secret from a file without its newline, and takes an empty one for none', async () => {
  await using folder = await openTempFolder();
  const file = path.join(folder.path, 'secret');
  await writeFile(file, 'two words \n');
  expect(await requireSecrets({ a: { file } })).toEqual(['two words ']);
  await writeFile(file, '\n');
  await expect(requireSecrets({ a: { file } })).rejects.toThrow(`${file} is empty`);
});

function problemsOf(change: (config: Tree) => void): DrillError {
  const config = parse(JSON.stringify(minimalConfig())) as Tree;
  change(config);
  try {
    parseConfig(config, 'c.yaml');
  } catch (error) {
    return error as DrillError;
  }
  return expect.fail('it was taken');
}

it.each([
  [{ kind: 'stand-in' }, 'stand-in'],
  [{ kind: 'operator', isStandIn: true }, 'stand-in'],
  [{ kind: 'operator', isStandIn: false }, 'official'],
  [{ kind: 'tarball', archive: 'mattermost.tar.gz' }, 'official'],
] as const)('says of application %o that it is %s', (application, expected) => {
  expect(whatRuns(application)).toBe(expected);
});
