import { expect, it } from 'vitest';
import { listDrills, loadDrill } from '../../src/cli/drills.ts';
import { loadConfig } from '../../src/config/load.ts';
import { numberSteps } from '../../src/engine/run-steps.ts';
import { feeds, gapsIn, type Claim } from '../../src/model/claim.ts';
import { configSchema } from '../../src/model/config.ts';
import { defineDrill, promisesOf } from '../../src/model/drill.ts';
import * as standardClaims from '../../src/model/standard-claims.ts';
import { minimalConfig } from '../config/minimal-config.ts';
import { check, checking, step } from '../engine/test-run.ts';
import { kubernetesConfig } from '../steps/cluster/kubernetes-config.ts';

const PARTS = ['member', 'break-glass', 'stranger', 'deactivated'] as const;
const config = configSchema.parse({
  ...minimalConfig(),
  members: PARTS.map((part) => ({ username: part, part, password: { env: 'PASSWORD' } })),
});

it.each(listDrills())(
  'can be proven on a site with members of every part: all that %s claims',
  async (name) => {
    const drill = await loadDrill(name);
    const setting = { config, objectives: { ...drill.objectives, tier: 'lab' } };
    const promised = numberSteps(drill).flatMap(({ step: one }) => promisesOf(one, setting));
    expect(drill.claims).not.toHaveLength(0);
    expect(drill.claims?.flatMap((claim) => gapsIn(claim, promised))).toEqual([]);
  },
);

it('names no check that nothing makes, in any standard claim', async () => {
  const { config: aws } = await loadConfig('examples/aws.yaml');
  const copies = [{ name: 'second', store: aws.backups.store }];
  const sites = [
    { ...aws, backups: { ...aws.backups, copies } },
    configSchema.parse({ ...minimalConfig(), ...kubernetesConfig('kubeconfig') }),
  ];
  const drills = await Promise.all(listDrills().map(loadDrill));
  const promised = drills.flatMap((drill) =>
    numberSteps(drill).flatMap(({ step: one }) =>
      sites.flatMap((site) =>
        promisesOf(one, { config: site, objectives: { ...drill.objectives, tier: 'lab' } }),
      ),
    ),
  );
  const entries = Object.values(standardClaims).flatMap(({ provenBy, alsoBy = [] }: Claim) => [
    ...provenBy,
    ...alsoBy,
  ]);
  const unfed = entries.filter((entry) => !promised.some((id) => feeds(id, entry)));
  // Made where a manifest lies beside the dump, and so promised to nobody.
  expect(unfed).toEqual(['backup.database.hash']);
});

it('has another id for each standard claim', () => {
  const ids = Object.values(standardClaims).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

it.each([
  ['messages.old', 'messages.old', true],
  ['messages.old', 'messages.*', true],
  ['messages.live.post', 'messages.*', true],
  ['messages', 'messages.*', true],
  ['messages.older', 'messages.old', false],
  ['messages.older', 'messages.old.*', false],
  ['messages.old', 'messages', false],
])('says of check %s and entry %s whether one feeds the other', (id, entry, expected) => {
  expect(feeds(id, entry)).toBe(expected);
});

const CLAIM: Claim = { id: 'readable', sentence: 'It is readable.', provenBy: ['messages.old'] };
const DRILL = {
  title: 'A drill',
  why: 'To be told apart.',
  objectives: { rpo: 1, rto: 1, tier: 'lab' },
  verify: [checking('look', check('messages.old'))],
};

it.each([
  ['that no step could prove', [{ ...CLAIM, provenBy: ['mesages.*'] }], 'needs "mesages.*", which no step'],
  ['that is there twice', [CLAIM, CLAIM], 'Claim "readable" is in the drill twice'],
  ['whose id is no name', [{ ...CLAIM, id: 'is it readable?' }], 'must be kebab-case'],
  ['that says nothing', [{ ...CLAIM, sentence: ' ' }], 'has no sentence'],
  ['that nothing would prove', [{ ...CLAIM, provenBy: [] }], 'names no check that proves it'],
  ['with a star in the middle', [{ ...CLAIM, provenBy: ['messages.*.old'] }], '(got "messages.*.old")'],
])('refuses a drill with a claim %s', (_, claims, message) => {
  expect(() => defineDrill({ ...DRILL, claims })).toThrow(message);
});

it('takes a claim that may be proven once the settings are known', () => {
  const later = step('later', { promises: () => [] });
  expect(() => defineDrill({ ...DRILL, claims: [CLAIM], verify: [later] })).not.toThrow();
});
