import { expect, it } from 'vitest';
import { judgeSeal, type SealSeen } from '../../../../src/steps/preflight/cluster/judge-seal.ts';

const API = '10.96.0.1:443';
const SEALED: SealSeen = {
  namespace: 'mattermost-drill',
  endpoints: [{ address: '10.0.0.5', port: 5432 }],
  before: { held: true, seen: { [API]: 'open', '10.0.0.5:5432': 'open' } },
  after: { held: true, seen: { [API]: 'shut', '10.0.0.5:5432': 'open' } },
  young: { held: true, everOpen: [] },
};

it('passes where an old pod and a young one reach only what is declared', () => {
  expect(judgeSeal(SEALED)).toMatchObject({
    verdict: 'passed',
    seen: expect.stringMatching(/open: 10\.0\.0\.5:5432$/) as string,
  });
});

it.each<[string, Partial<SealSeen>, RegExp]>([
  ['nothing was reached before either', { before: { held: false, seen: {} } }, /even before/],
  ['a young pod got out at first', { young: { held: true, everOpen: [API] } }, /10\.96\.0\.1:443 in its/],
  ['a young pod gets out all the time', { young: { held: false, everOpen: [API] } }, /10\.96\.0\.1:443/],
  ['a young pod said nothing', { young: { held: false, everOpen: [] } }, /did not tell/],
  ['there was no young pod', { young: undefined }, /did not tell/],
])('leaves it open where %s', (_what, seen, says) => {
  expect(judgeSeal({ ...SEALED, ...seen })).toMatchObject({
    verdict: 'unverified',
    code: 'WEAK_ISOLATION',
    seen: expect.stringMatching(says) as string,
  });
});

it('stops the drill where policies have no effect', () => {
  expect(() => judgeSeal({ ...SEALED, after: { ...SEALED.before, held: false } })).toThrow(
    /network policies have no effect in namespace mattermost-drill/,
  );
});
