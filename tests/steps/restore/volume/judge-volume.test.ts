import { describe, expect, it } from 'vitest';
import { judgeVolume } from '../../../../src/steps/restore/volume/judge-volume.ts';

describe('judgeVolume', () => {
  it('passes with as many bytes as Velero saved', () => {
    expect(judgeVolume({ objects: 117, bytes: 83_483 }, 83_483)).toMatchObject({ verdict: 'passed' });
  });

  it('misses with one file fewer, though Velero says Completed', () => {
    expect(judgeVolume({ objects: 116, bytes: 82_930 }, 83_483)).toMatchObject({
      verdict: 'missed',
      code: 'FILES_DIFFER',
      expected: '83483 bytes, as Velero saved them',
      seen: expect.stringContaining('116 files, 82930 bytes'),
    });
  });

  it.each([
    ['where Velero did not say how much it saved', { objects: 117, bytes: 83_483 }, null],
    ['of an empty volume', { objects: 0, bytes: 0 }, 0],
  ])('does not know %s', (_what, seen, saved) => {
    expect(judgeVolume(seen, saved)).toMatchObject({
      verdict: 'unverified',
      code: 'NOTHING_TO_COMPARE_WITH',
    });
  });
});
