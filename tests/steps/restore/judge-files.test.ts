import { expect, it } from 'vitest';
import { judgeContents, undetectedShare } from '../../../src/steps/restore/audit/file-contents.ts';
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
  const none = { files: 0, newest: 0, drawn: 0, leftOut: 0 };
  expect(judgeContents(nothing, none)).toMatchObject({
    verdict: 'unverified',
    code: 'NOTHING_TO_COMPARE_WITH',
  });
  expect(judgeContents({ ...nothing, compared: 1 }, { ...none, files: 1, newest: 1 })).toMatchObject({
    verdict: 'passed',
    seen: expect.stringContaining('that is all of them') as string,
  });
});

it('says what a sample proves, and what it does not', () => {
  const all = { different: [], unknown: [], sha256: new Map<string, string>() };
  const seen = (drawn: number, leftOut = 0) =>
    judgeContents({ ...all, compared: drawn + 50 }, { files: 10_000, newest: 50, drawn, leftOut }).seen;
  // Of 59 drawn, the chance that none is among the damaged 5 % is 0.95^59 = 4.8 %.
  expect(undetectedShare(59)).toBeCloseTo(0.05, 2);
  expect(seen(59)).toContain('damage to more than 5.0 % of all is excluded with 95 % confidence');
  expect(seen(59, 3)).toContain('of those that are small is excluded');
  expect(seen(0)).toContain('nothing is known of the others');
});

it('counts attachments that no row names, and takes them for harmless', () => {
  expect(presentOf({ files: 3, unnamed: 2 })).toMatchObject({
    verdict: 'passed',
    seen: expect.stringContaining('besides, 2 attachments that no row names') as string,
  });
});

const presentOf = (seen: Partial<FilesComparison>) => checkOf('audit.files-present', seen);
const sizeOf = (seen: Partial<FilesComparison>) => checkOf('audit.files-size', seen);

function checkOf(id: string, seen: Partial<FilesComparison>) {
  const none = { missing: [], wrongSize: [], missingPreviews: [], missingPictures: [] };
  const numbers = { files: 0, unnamed: 0, previews: 0, pictures: 0, newestKnownAt: 0, newestPresentAt: 0 };
  return judgeFileComparison({ ...none, ...numbers, ...seen }).find((check) => check.id === id);
}
