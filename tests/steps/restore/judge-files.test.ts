import { expect, it } from 'vitest';
import { judgeContents } from '../../../src/steps/restore/audit/file-contents.ts';
import {
  judgeFileComparison,
  type FilesComparison,
} from '../../../src/steps/restore/audit/files-against-database.ts';

it('says how many sizes were compared: only those of files that are there', () => {
  expect(sizeOf({ files: 3, missing: ['a'] })).toMatchObject({
    verdict: 'passed',
    seen: expect.stringContaining('2 compared') as string,
  });
  expect(sizeOf({ files: 3, wrongSize: ['b'] })).toMatchObject({ verdict: 'missed', code: 'FILES_DAMAGED' });
});

it.each([{ files: 0 }, { files: 1, missing: ['a'] }])(
  'leaves the question of sizes open with no file to compare: %j',
  (seen) => {
    expect(sizeOf(seen)).toMatchObject({ verdict: 'unverified', code: 'NOTHING_TO_COMPARE_WITH' });
  },
);

it('leaves the question of contents open with no file to compare', () => {
  const nothing = { compared: 0, different: [], unknown: [], sha256: new Map<string, string>() };
  expect(judgeContents(nothing, 0)).toMatchObject({ verdict: 'unverified', code: 'NOTHING_TO_COMPARE_WITH' });
  expect(judgeContents({ ...nothing, compared: 1 }, 1)).toMatchObject({ verdict: 'passed' });
});

function sizeOf(seen: Partial<FilesComparison>) {
  const none = { missing: [], wrongSize: [], missingPreviews: [], missingPictures: [] };
  const numbers = { files: 0, previews: 0, pictures: 0, newestKnownAt: 0, newestPresentAt: 0 };
  return judgeFileComparison({ ...none, ...numbers, ...seen }).find(({ id }) => id === 'audit.files-size');
}
