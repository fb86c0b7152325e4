import { expect, it } from 'vitest';
import { judgeViews } from '../../../src/steps/verify/complete-database.ts';

const VIEW = { name: 'public.posts_by_day', populated: true };

it('passes views that are there and filled', () => {
  expect(judgeViews([VIEW.name], [VIEW])).toMatchObject({ verdict: 'passed' });
});

it('misses a view that is not there, and one that was never filled', () => {
  expect(judgeViews([VIEW.name], [])).toMatchObject({ verdict: 'missed', code: 'VIEWS_INCOMPLETE' });
  expect(judgeViews([VIEW.name], [{ ...VIEW, populated: false }])).toMatchObject({ verdict: 'missed' });
});

it('leaves the question open when the dump has no view', () => {
  expect(judgeViews([], [])).toMatchObject({ verdict: 'unverified', code: 'NO_VIEWS' });
});
