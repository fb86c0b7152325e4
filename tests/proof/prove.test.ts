import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Proof } from '../../src/model/proof.ts';
import { isInCluster, readCatalogue } from '../../src/proof/catalogue.ts';
import { runMuster } from '../drills/run-muster.ts';

/** These drills open browsers or put load on: with them the proof takes longer than all other tests together. */
const SLOW = ['failover', 'login', 'messages', 'search', 'load'];

it('kills every sabotage that needs no browser and no load, for the right reason, and keeps the score', async () => {
  const all = await readCatalogue([]);
  const quick = all.filter((entry) => !SLOW.includes(entry.sabotage.drill) && !isInCluster(entry));
  expect(quick.length).toBeGreaterThan(all.length / 3);
  const { exitCode, output, results, labs } = await runMuster([
    'prove',
    ...quick.flatMap(({ name }) => ['--only', name]),
  ]);
  expect(exitCode, output).toBe(0);
  const proof = readProof(results);
  expect(proof).toMatchObject({ survivors: [], catalogue: all.length });
  expect(Object.values(proof.groups).reduce((sum, { killed }) => sum + killed, 0)).toBe(quick.length);
  expect(labs).toEqual([]);
}, 1_200_000);

it('fails when one survives, names it, and says why that is no catch', async () => {
  const { exitCode, output, results } = await runMuster(['prove', '--jobs', '1'], {
    MUSTER_SABOTAGES: path.join(import.meta.dirname, 'sabotages'),
  });
  expect(exitCode, output).toBe(1);
  expect(output).toMatch(/survivor +harmless\/nothing-damaged: the drill passed/);
  expect(output).toMatch(/survivor +harmless\/another-is-blamed: not by backup\.database\.age BACKUP_STALE/);
  expect(readProof(results)).toMatchObject({
    groups: { harmless: { killed: 0, total: 2 } },
    survivors: ['harmless/another-is-blamed', 'harmless/nothing-damaged'],
  });
}, 300_000);

it('has a title, an account of the damage and an expected catch for at least 60 sabotages', async () => {
  const catalogue = await readCatalogue([]);
  expect(catalogue.length).toBeGreaterThanOrEqual(60);
  const titles = catalogue.map(({ sabotage }) => sabotage.title);
  expect(new Set(titles).size).toBe(titles.length);
  for (const { name, sabotage } of catalogue) {
    expect(sabotage.damages, name).toMatch(/\.$/);
    const { settings, backups, cluster, copy, quarantined, site, inCluster, process } = sabotage;
    const damage = [settings, backups, cluster, copy, quarantined, site, inCluster, process].filter(Boolean);
    expect(damage.length, name).toBeGreaterThan(0);
  }
});

function readProof(results: string): Proof {
  return JSON.parse(readFileSync(path.join(results, 'proof.json'), 'utf8')) as Proof;
}
