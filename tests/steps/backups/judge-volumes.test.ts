import { describe, expect, it } from 'vitest';
import { judgeVolumes } from '../../../src/steps/backups/judge-volumes.ts';

const SAVED = {
  ...{ namespace: 'mattermost', claim: 'mattermost-files', isFileStore: true, why: '' },
  saved: { method: 'PodVolumeBackup', pod: null, startedAt: null, bytes: null },
};

describe('judgeVolumes', () => {
  it('passes where every volume was saved, and where there is none', () => {
    expect(judgeVolumes([SAVED])).toMatchObject({ verdict: 'passed' });
    expect(judgeVolumes([])).toMatchObject({ verdict: 'passed', seen: 'no claim of a volume' });
  });

  it('misses where one was not, and names it and why', () => {
    const lost = { ...SAVED, saved: undefined, why: 'no pod mounted it' };
    expect(judgeVolumes([{ ...SAVED, claim: 'cache' }, lost])).toMatchObject({
      verdict: 'missed',
      code: 'VOLUME_NOT_SAVED',
      seen: '1 of 2 not saved: mattermost-files (the file store): no pod mounted it',
    });
  });

  it('says that it does not know without Velero’s record', () => {
    expect(judgeVolumes(undefined)).toMatchObject({ verdict: 'unverified', code: 'NO_VOLUME_RECORD' });
  });
});
