import { describe, expect, it } from 'vitest';
import type { Claim } from '../../src/model/claim.ts';
import type { ConfigInput } from '../../src/model/config.ts';
import { waiverText, type Waiver } from '../../src/model/waiver.ts';
import { makeKeyPair, signBytes } from '../../src/support/signature.ts';
import { check, checking, openTestRun, step } from './test-run.ts';

const READABLE: Claim = { id: 'readable', sentence: 'Messages are readable.', provenBy: ['messages.*'] };
const SEARCH: Claim = { id: 'search-finds', sentence: 'Search finds.', provenBy: ['search.historic'] };
/** It could be made, for all that can be told before the drill. */
const forgets = step('forgets', { promises: () => [] });

describe('a claim', () => {
  it('is proven by checks that were made and held', async () => {
    await using run = await openTestRun({
      claims: [READABLE],
      verify: [checking('look', check('messages.old'), check('messages.new'))],
    });
    expect(await run.declare()).toMatchObject({ verdict: 'passed', exitCode: 0 });
    expect(run.coverage().claims).toMatchObject([
      { id: 'readable', verdict: 'proven', checks: ['messages.old', 'messages.new'], open: [] },
    ]);
  });

  it('is missed with one of its checks', async () => {
    await using run = await openTestRun({
      claims: [READABLE],
      verify: [checking('look', check('messages.old'), check('messages.new', 'missed'))],
    });
    expect(await run.declare()).toMatchObject({ verdict: 'missed', exitCode: 1 });
    expect(run.coverage().claims).toMatchObject([{ verdict: 'missed', open: ['messages.new'] }]);
  });

  it('is unverified when nothing looked, although every check held', async () => {
    await using run = await openTestRun({
      claims: [READABLE, SEARCH],
      verify: [checking('look', check('messages.old')), forgets],
    });
    expect(await run.declare()).toMatchObject({ verdict: 'unverified', exitCode: 2 });
    expect(run.coverage().claims).toMatchObject([
      { id: 'readable', verdict: 'proven' },
      { id: 'search-finds', verdict: 'unverified', checks: [], open: ['search.historic'] },
    ]);
  });

  it('is unverified when nothing fed one of the checks that it names', async () => {
    const claim = { ...READABLE, provenBy: ['messages.old', 'messages.new'] };
    await using run = await openTestRun({
      claims: [claim],
      verify: [checking('look', check('messages.old')), forgets],
    });
    expect(await run.declare()).toMatchObject({ exitCode: 2 });
    expect(run.coverage().claims).toMatchObject([{ verdict: 'unverified', open: ['messages.new'] }]);
  });

  it('counts checks that may be left out where they are made', async () => {
    const claim = { ...READABLE, provenBy: ['messages.old'], alsoBy: ['search.*'] };
    await using without = await openTestRun({
      claims: [claim],
      verify: [checking('look', check('messages.old'))],
    });
    expect(await without.declare()).toMatchObject({ exitCode: 0 });
    await using unsure = await openTestRun({
      claims: [claim],
      verify: [checking('look', check('messages.old'), check('search.live', 'unverified'))],
    });
    await unsure.declare();
    expect(unsure.coverage().claims).toMatchObject([{ verdict: 'unverified', open: ['search.live'] }]);
  });

  it('is not made of a part of the drill', async () => {
    await using run = await openTestRun({
      claims: [READABLE, SEARCH],
      preflight: [checking('ready', check('tools.ready'))],
      verify: [checking('look', check('messages.old')), forgets],
    });
    expect(await run.declare({ only: 'preflight' })).toMatchObject({ exitCode: 0 });
    expect(run.coverage().claims).toEqual([]);
  });
});

describe('a waiver', () => {
  const keys = makeKeyPair();
  const site = { url: 'https://chat.example.test' };
  const TERMS = {
    waives: 'readable',
    reason: 'The reader is being mended.',
    by: 'Jane',
    expires: '2999-01-01',
  };
  const sign = (terms: Partial<typeof TERMS> = {}, signed = terms, url = site.url): Waiver => ({
    ...TERMS,
    ...terms,
    signature: signBytes(Buffer.from(waiverText(url, { ...TERMS, ...signed })), keys),
  });
  const config = (...waivers: Waiver[]): Partial<ConfigInput> => ({
    site,
    signing: { publicKey: keys.publicKey },
    waivers,
  });
  const unsure = () =>
    openTestRun({
      claims: [READABLE],
      verify: [checking('look', check('messages.old'), check('messages.new', 'unverified'))],
    });

  it('lets a run pass whose claim is unverified, and leaves the claim unproven', async () => {
    await using run = await unsure();
    expect(await run.declare({ config: config(sign()) })).toEqual(
      expect.objectContaining({ verdict: 'passed', exitCode: 0 }),
    );
    expect(run.coverage()).toMatchObject({
      claims: [{ verdict: 'waived', open: ['messages.new'] }],
      waivers: [{ waives: 'readable', by: 'Jane', standing: 'used', checks: ['messages.new'] }],
    });
  });

  it('lets a run pass whose claim nothing looked at', async () => {
    await using run = await openTestRun({
      claims: [READABLE],
      verify: [checking('other', check('tools.ready')), forgets],
    });
    expect(await run.declare({ config: config(sign()) })).toMatchObject({ exitCode: 0 });
    expect(run.coverage()).toMatchObject({
      claims: [{ verdict: 'waived' }],
      waivers: [{ standing: 'used' }],
    });
  });

  it('of one check waives the claims that are short of nothing else', async () => {
    await using run = await unsure();
    const waiver = sign({ waives: 'messages.new' });
    expect(await run.declare({ config: config(waiver) })).toMatchObject({ exitCode: 0 });
    expect(run.coverage().claims).toMatchObject([{ verdict: 'waived' }]);
  });

  it('of one claim leaves another unverified that rests on the same check', async () => {
    const other = { ...READABLE, id: 'new-is-readable', provenBy: ['messages.new'] };
    await using run = await openTestRun({
      claims: [READABLE, other],
      verify: [checking('look', check('messages.new', 'unverified'))],
    });
    expect(await run.declare({ config: config(sign()) })).toMatchObject({ exitCode: 2 });
  });

  it('never makes a pass of nothing but waived checks', async () => {
    await using run = await openTestRun({
      claims: [READABLE],
      verify: [checking('look', check('messages.new', 'unverified'))],
    });
    expect(await run.declare({ config: config(sign()) })).toMatchObject({
      verdict: 'unverified',
      exitCode: 2,
    });
  });

  it('never waives a miss', async () => {
    await using run = await openTestRun({
      claims: [READABLE],
      verify: [checking('look', check('messages.new', 'missed'))],
    });
    const waivers = [sign(), sign({ waives: 'messages.new' })];
    expect(await run.declare({ config: config(...waivers) })).toMatchObject({
      verdict: 'missed',
      exitCode: 1,
    });
    expect(run.coverage().waivers).toMatchObject([{ standing: 'not-needed' }, { standing: 'not-needed' }]);
  });

  it.each([
    ['that has expired', 'expired', sign({ expires: '2020-01-01' })],
    ['whose day was put off', 'not-signed', sign({ expires: '2999-12-31' }, { expires: '2020-01-01' })],
    ['that was signed for another claim', 'not-signed', sign({}, { waives: 'search-finds' })],
    ['that was signed for another site', 'not-signed', sign({}, {}, 'https://staging.example.test')],
    ['without a signature', 'not-signed', { ...sign(), signature: 'trust me' }],
    ['of something that the drill does not know', 'unknown', sign({ waives: 'raedable' })],
  ] as const)('%s has no effect, and the run says so', async (_, standing, waiver) => {
    await using run = await unsure();
    expect(await run.declare({ config: config(waiver) })).toMatchObject({
      verdict: 'unverified',
      exitCode: 2,
    });
    expect(run.coverage()).toMatchObject({
      claims: [{ verdict: 'unverified' }],
      waivers: [{ standing, checks: [] }],
    });
  });

  it('signed by somebody else has no effect', async () => {
    const forger = makeKeyPair();
    const signature = signBytes(Buffer.from(waiverText(site.url, TERMS)), forger);
    await using run = await unsure();
    expect(await run.declare({ config: config({ ...TERMS, signature }) })).toMatchObject({ exitCode: 2 });
  });
});
