import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { whyNoCluster } from '../lab/kubernetes/support/machine.ts';
import type { Proof } from '../../src/model/proof.ts';
import { isInCluster, readCatalogue } from '../../src/proof/catalogue.ts';
import { findTool } from '../../src/support/tools.ts';
import { runMuster } from '../drills/run-muster.ts';

const whyNot = await whyNoCluster();
/** One in the bucket, one in the cluster, and one while Velero is at work. */
const SOME = ['kubernetes/tarball-flipped', 'kubernetes/drift', 'kubernetes/secret-emptied'];

it.skipIf(whyNot !== undefined)(
  `kills sabotages in a real cluster, and leaves nothing of it${whyNot ? ` (skipped: ${whyNot})` : ''}`,
  async () => {
    const { exitCode, output, results, labs } = await runMuster(['prove', ...only(SOME)]);
    expect(exitCode, output).toBe(0);
    expect(readProof(results)).toMatchObject({
      groups: { kubernetes: { killed: SOME.length, total: SOME.length } },
      survivors: [],
    });
    expect(labs).toEqual([]);
  },
  600_000,
);

it('leaves them out where the programs are not, says why, and counts none of them', async () => {
  const { exitCode, output, results } = await runMuster(
    ['prove', '--jobs', '1', ...only(['runner/killed', ...SOME])],
    await withoutCluster(),
  );
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/left out: 3 sabotages in a cluster: .*Kubernetes lab/);
  const { groups, untried } = readProof(results);
  expect(groups).toEqual({ runner: { killed: 1, total: 1 } });
  expect(untried).toContain('kubernetes');
}, 300_000);

it('refuses when there is nothing else to try', async () => {
  const { exitCode, output } = await runMuster(['prove', ...only(SOME)], await withoutCluster());
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/Kubernetes lab/);
});

it('holds at least 15 that are tried in a cluster, all in one group', async () => {
  const inCluster = (await readCatalogue([])).filter(isInCluster);
  expect(inCluster.length).toBeGreaterThanOrEqual(15);
  expect(new Set(inCluster.map(({ group }) => group))).toEqual(new Set(['kubernetes']));
  for (const { name, sabotage } of inCluster)
    expect(Boolean(sabotage.inCluster ?? sabotage.settings), name).toBe(true);
});

/** Nothing that set-up has brought but the lab's S3 server. */
async function withoutCluster(): Promise<Record<string, string>> {
  const weed = await findTool('weed');
  return {
    XDG_CACHE_HOME: await mkdtemp(path.join(tmpdir(), 'muster-cache-')),
    PATH: [...(weed ? [path.dirname(weed.path)] : []), process.env['PATH']].join(path.delimiter),
  };
}

const only = (names: readonly string[]) => names.flatMap((name) => ['--only', name]);

function readProof(results: string): Proof {
  return JSON.parse(readFileSync(path.join(results, 'proof.json'), 'utf8')) as Proof;
}
