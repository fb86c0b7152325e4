import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Config } from '../../src/model/config.ts';
import type { Proof } from '../../src/model/proof.ts';
import { projectRoot } from '../../src/support/project-root.ts';

let directory: string;
let archive: NonNullable<Config['archive']>;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-proof-'));
  for (const folder of ['results', 'archive']) await mkdir(path.join(directory, folder));
  archive = { store: { kind: 'filesystem', root: path.join(directory, 'archive') } };
  vi.stubEnv('MUSTER_RESULTS', path.join(directory, 'results'));
  vi.resetModules();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

/** The folder of results is read when the module is loaded. */
const load = () => import('../../src/cli/proof.ts');

const complain = (line: string) => {
  throw new Error(line);
};

async function proof(at: string): Promise<Proof> {
  return {
    format: 1,
    at,
    muster: '0.1.0',
    commit: null,
    groups: { backups: { killed: 3, total: 3 } },
    catalogue: 3,
    survivors: [],
    checksDigest: await (await load()).digestOfChecks(),
  };
}

it('is none where nothing was ever proven', async () => {
  expect(await (await load()).readLastProof({ archive }, complain)).toBeNull();
});

it('is found where it was kept, and stands while the checks are the same', async () => {
  const { keepProof, readLastProof } = await load();
  await keepProof(await proof('2026-11-15T00:00:00.000Z'));
  expect(await readLastProof({ archive: undefined }, complain)).toMatchObject({ outdated: false });
});

it('keeps what it knows when less of the catalogue is tried again, and nothing survived', async () => {
  const { keepProof, readLastProof } = await load();
  const whole = await proof('2026-11-15T00:00:00.000Z');
  const part = { ...(await proof('2026-11-16T00:00:00.000Z')), groups: { backups: { killed: 1, total: 1 } } };
  await keepProof(whole);
  await keepProof(part);
  expect(await readLastProof({ archive: undefined }, complain)).toMatchObject({ at: whole.at });
  await keepProof({ ...part, survivors: ['backups/stale'] });
  expect(await readLastProof({ archive: undefined }, complain)).toMatchObject({
    survivors: ['backups/stale'],
  });
});

it('is out of date once the checks are others', async () => {
  const { keepProof, readLastProof } = await load();
  await keepProof({ ...(await proof('2026-11-15T00:00:00.000Z')), checksDigest: 'f'.repeat(64) });
  expect(await readLastProof({ archive: undefined }, complain)).toMatchObject({ outdated: true });
});

it('is the newer one of this clone’s and the archive’s', async () => {
  const { keepProof, publishProof, readLastProof } = await load();
  const { openArchiveStore, openLocalStore } = await import('../../src/cli/archive-store.ts');
  await using store = await openArchiveStore(archive);
  if (!store) throw new Error('no archive');
  await using local = openLocalStore(path.join(directory, 'results'));
  const newest = async () => (await readLastProof({ archive }, complain))?.at;

  await keepProof(await proof('2026-11-15T00:00:00.000Z'));
  await publishProof(local, store);
  await keepProof(await proof('2026-11-14T00:00:00.000Z'));
  await publishProof(local, store);
  expect(await newest()).toBe('2026-11-15T00:00:00.000Z');

  await keepProof(await proof('2026-11-16T00:00:00.000Z'));
  expect(await newest()).toBe('2026-11-16T00:00:00.000Z');
});

it.each(['{"format": 2}', 'not JSON', ''])('takes %j for no proof', async (text) => {
  await writeFile(path.join(directory, 'results', 'proof.json'), text);
  expect(await (await load()).readLastProof({ archive: undefined }, complain)).toBeNull();
});

it('has another digest when a check, a page object, a load script or a sabotage is another', async () => {
  const { digestOfChecks } = await load();
  const copy = path.join(directory, 'clone');
  for (const folder of ['drills', 'fixtures', 'k6', 'src'])
    await cp(path.join(projectRoot, folder), path.join(copy, folder), { recursive: true });
  for (const folder of ['lab/meddling', 'lab/sabotages'])
    await mkdir(path.join(copy, folder), { recursive: true });
  const digests = new Set([await digestOfChecks(copy)]);
  for (const file of [
    'src/steps/x.ts',
    'fixtures/x.ts',
    'k6/x.ts',
    'lab/meddling/x.ts',
    'lab/sabotages/x.ts',
    'drills/checks/x.ts',
  ]) {
    await writeFile(path.join(copy, file), '');
    digests.add(await digestOfChecks(copy));
  }
  await writeFile(path.join(copy, 'src/cli/x.ts'), '');
  digests.add(await digestOfChecks(copy));
  expect(digests.size).toBe(7);
});
