import { expect, it } from 'vitest';
import { inversePatch, mergePatch } from '../../src/support/merge-patch.ts';

const OBJECT = { spec: { replicas: 2, image: { name: 'chat' } }, labels: { tier: '0' } };

it.each([
  ['changes a field', { spec: { replicas: 0 } }],
  ['adds one', { spec: { paused: true } }],
  ['adds one with fields of its own', { annotations: { held: 'yes' } }],
  ['takes one out', { labels: null }],
  ['puts a value in the place of fields', { spec: { image: 'chat' } }],
])('knows the way back from a patch that %s', (_what, patch) => {
  const changed = mergePatch(OBJECT, patch);
  expect(changed).not.toEqual(OBJECT);
  expect(mergePatch(changed, inversePatch(OBJECT, patch))).toEqual(OBJECT);
});
