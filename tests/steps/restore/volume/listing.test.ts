import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openListing } from '../../../../src/steps/restore/restored-files.ts';
import { LISTING_SCRIPT, parseListing } from '../../../../src/steps/restore/volume/listing.ts';
import { findTool } from '../../../../src/support/tools.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const LOG = `files of the volume:\n3 ./20261122/a b.txt\nhashes:\n${sha256('abc')}  ./20261122/a b.txt\nend\n`;

describe('parseListing', () => {
  it('reads sizes and hashes', () => {
    expect([...parseListing(LOG)]).toEqual([['20261122/a b.txt', { size: 3, sha256: sha256('abc') }]]);
  });

  it('reads an empty volume', () => {
    expect(parseListing('files of the volume:\nhashes:\nend\n').size).toBe(0);
  });

  it.each([
    ['whose beginning the node has dropped', LOG.slice(LOG.indexOf('\n') + 1)],
    ['that breaks off', LOG.replace('end\n', '')],
    ['that was never begun', ''],
    ['with a file that has no hash', LOG.replace(/^[0-9a-f]{64}.*\n/m, '')],
    ['with a file that has no size', LOG.replace(/^3 .*\n/m, '')],
    ['with a line that a file’s name has made', LOG.replace('a b.txt', 'a\nb.txt')],
  ])('rejects a log %s', (_what, log) => {
    expect(() => parseListing(log)).toThrow(expect.objectContaining({ code: 'RESTORE_FAILED' }));
  });
});

describe('openListing', () => {
  it('answers for the files that are on the volume, and for no other', async () => {
    await using files = openListing(LOG);
    expect(await files.sizeOf('20261122/a b.txt')).toBe(3);
    expect(await files.sha256('20261122/a b.txt')).toBe(sha256('abc'));
    expect(await files.sizeOf('20261122/lost.txt')).toBeUndefined();
    expect(await files.sha256('20261122/lost.txt')).toBeUndefined();
  });
});

const busybox = (await findTool('busybox'))?.path;

describe.skipIf(busybox === undefined)(`LISTING_SCRIPT in ${busybox ?? 'BusyBox, which is not here'}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'muster-volume-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('tells each file with its size and hash, and none that Velero or the volume itself has put there', async () => {
    for (const [name, text] of Object.entries({
      '20261122/teams/ein Bild ✓.png': 'picture',
      'emoji/x/image': '',
      '.velero/done': 'done',
      'lost+found/1': 'lost',
    })) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    }
    const { stdout } = await execa(busybox ?? 'busybox', ['sh', '-c', LISTING_SCRIPT], { cwd: folder });
    expect(Object.fromEntries(parseListing(stdout))).toEqual({
      '20261122/teams/ein Bild ✓.png': { size: 7, sha256: sha256('picture') },
      'emoji/x/image': { size: 0, sha256: sha256('') },
    });
  });
});
