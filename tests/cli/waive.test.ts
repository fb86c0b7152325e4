import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CONFIG, openDesk } from './muster.ts';

/** A desk whose config has a key pair. */
async function openSigningDesk() {
  const desk = await openDesk();
  const { stdout } = await desk.muster('init --signing-key signing.pem');
  const publicKey = /publicKey: (\S+)/.exec(stdout)?.[1] ?? '';
  const configure = (waivers = '') =>
    writeFile(
      desk.at('muster.config.yaml'),
      `${CONFIG}signing: { publicKey: "${publicKey}", key: { file: signing.pem } }\n${waivers && `waivers:\n${waivers}`}`,
    );
  await configure();
  return { ...desk, configure };
}

const waive = (id: string, expires = '2999-01-31') => [
  'waive',
  id,
  '--reason',
  'Elastic: "moved"',
  '--by',
  'Jane Doe',
  '--expires',
  expires,
];

it('signs what lets a drill pass whose claim nothing looked at, and every report says so', async () => {
  await using desk = await openSigningDesk();
  const before = await desk.muster('run claims');
  expect(before.stdout).toContain('cannot be proven here, no step promises search.historic: Search finds.');
  expect(before.stdout).toMatch(/^Verdict +UNVERIFIED/m);
  expect(before.exitCode).toBe(2);

  const waived = await desk.muster(waive('search-finds'));
  expect(waived.exitCode).toBe(0);
  await desk.configure(waived.stdout);
  const after = await desk.muster('run claims');
  expect(after.stdout).toMatch(/^Verdict +PASSED, 1 claim waived/m);
  expect(after.stdout).toMatch(/^Claims +1 of 2 proven/m);
  expect(after.exitCode).toBe(0);

  const [, run = ''] = /^.*run (\S+) ·/m.exec(after.stdout) ?? [];
  const signed = 'waived by Jane Doe until 2999-01-31: Elastic: ';
  expect(after.stdout).toContain(signed);
  for (const report of ['overview.html', 'junit.xml'])
    expect(await desk.read('results', run, report)).toContain(signed);
  expect(JSON.parse(await desk.read('results', run, 'summary.json'))).toMatchObject({
    verdict: 'passed',
    waived: { claims: 1, checks: 0 },
    claims: [{ verdict: 'proven' }, { verdict: 'waived', open: ['search.historic'] }],
    waivers: [{ standing: 'used' }],
  });
});

it('signs words that nobody can change', async () => {
  await using desk = await openSigningDesk();
  const { stdout } = await desk.muster(waive('search-finds'));
  await desk.configure(stdout.replace('2999-01-31', '2999-02-28'));
  const { exitCode, stdout: said } = await desk.muster('run claims');
  expect(said).toContain('search-finds: without effect, its signature does not fit');
  expect(exitCode).toBe(2);
});

it.each([
  ['a claim that no drill has', waive('serach-finds'), 'no drill has a claim or a check "serach-finds"'],
  ['a day that is over', waive('search-finds', '2020-01-31'), '--expires is over already (got "2020-01-31")'],
  ['a day that is none', waive('search-finds', '2027-02-31'), '--expires must be a day such as "2027-01-31"'],
  [
    'no reason',
    ['waive', 'search-finds', '--by', 'Jane', '--expires', '2999-01-31'],
    "required option '--reason",
  ],
])('refuses to waive %s', async (_, args, message) => {
  await using desk = await openSigningDesk();
  const { exitCode, stdout, stderr } = await desk.muster(args);
  expect(stderr).toContain(message);
  expect(stdout).toBe('');
  expect(exitCode).toBe(64);
});

it('signs nothing without a private key, and takes no waiver without a public one', async () => {
  await using desk = await openDesk();
  const { stderr, exitCode } = await desk.muster(waive('search-finds'));
  expect(stderr).toContain('signing.key is not set, so nothing can be signed [CONFIG_INVALID]');
  expect(exitCode).toBe(64);

  const waiver = '{ waives: search-finds, reason: x, by: y, expires: "2999-01-31", signature: z }';
  await writeFile(desk.at('muster.config.yaml'), `${CONFIG}waivers: [${waiver}]\n`);
  const run = await desk.muster('run claims');
  expect(run.stderr).toContain('signing: is missing, and waivers cannot be verified without it');
  expect(run.exitCode).toBe(64);
});

it('is told by the plan which claims cannot be proven', async () => {
  await using desk = await openDesk();
  const { stdout } = await desk.muster('plan claims');
  expect(stdout).toContain(
    'search-finds: Search finds.\n      cannot be proven here: no step promises search.historic',
  );
});
