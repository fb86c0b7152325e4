import { describe, expect, it } from 'vitest';
import { defineSabotage } from '../../lab/sabotages/sabotage.ts';
import type { Check } from '../../src/model/check.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import { judgeEntry } from '../../src/proof/judge-entry.ts';

const sabotage = defineSabotage({
  title: 'A file is missing',
  damages: 'One file.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-present', code: 'FILES_MISSING' },
  mayFollow: ['audit.previews-present', 'rpo.*'],
});
const missing = miss('audit.files-present', 'FILES_MISSING');

describe('judgeEntry', () => {
  it('takes the expected check with the expected code for a catch, and its followers along with it', () => {
    const followers = [miss('audit.previews-present', 'PREVIEWS_MISSING'), miss('rpo.files', 'RPO_MISSED')];
    expect(judgeEntry(sabotage, drill('missed', missing, ...followers))).toEqual({ killed: true });
  });

  it('takes nothing for a catch when the drill passed', () => {
    expect(judgeEntry(sabotage, drill('passed'))).toEqual({ killed: false, why: 'the drill passed' });
  });

  it.each([
    ['another check says so', miss('audit.files-size', 'FILES_MISSING')],
    ['the check says something else', miss('audit.files-present', 'AUDIT_NOT_POSSIBLE')],
  ])('takes it for a survivor when %s', (_what, check) => {
    const judgement = judgeEntry(sabotage, drill('missed', check));
    expect(judgement).toMatchObject({ killed: false });
    expect(judgement).toHaveProperty(
      'why',
      expect.stringContaining('not by audit.files-present FILES_MISSING'),
    );
  });

  it('takes it for a survivor when somebody is blamed who has nothing to do with it', () => {
    const judgement = judgeEntry(
      sabotage,
      drill('missed', missing, miss('audit.emails-unique', 'RELATION_BROKEN')),
    );
    expect(judgement).toHaveProperty(
      'why',
      expect.stringContaining('also blamed: audit.emails-unique RELATION_BROKEN'),
    );
  });

  it('blames nobody for what could not be looked at any more', () => {
    const check = { ...miss('login.first-message', 'NOT_REACHED'), verdict: 'unverified' as const };
    expect(judgeEntry(sabotage, drill('missed', missing, check))).toEqual({ killed: true });
  });

  it('takes an error for a catch only where one is expected', () => {
    const stopped = drill('broken', error('DISK_TOO_SMALL'));
    expect(judgeEntry({ ...sabotage, caughtBy: { error: 'DISK_TOO_SMALL' } }, stopped)).toEqual({
      killed: true,
    });
    expect(judgeEntry(sabotage, drill('broken', missing, error('HARNESS_BUG')))).toHaveProperty(
      'why',
      expect.stringContaining('also blamed: error HARNESS_BUG'),
    );
  });

  it('takes a verdict for a catch only where it is the expected one', () => {
    const killed = { ...sabotage, caughtBy: { verdict: 'interrupted' as const } };
    expect(judgeEntry(killed, drill('interrupted'))).toEqual({ killed: true });
    expect(judgeEntry(killed, drill('unverified'))).toMatchObject({ killed: false });
  });
});

type Body = Pick<JournalEvent, 'type'>;

function miss(id: string, code: string): Check {
  return { id, code, claim: id, verdict: 'missed', expected: 'something', seen: 'something else' };
}

function error(code: string): Body {
  return { type: 'step.finished', error: { code, blame: 'environment', message: code } } as Body;
}

function drill(verdict: Parameters<typeof judgeEntry>[1]['verdict'], ...found: (Check | Body)[]) {
  const events = found.map((each) => ('type' in each ? each : { type: 'check', step: 'look', check: each }));
  return { verdict, events: events as JournalEvent[] };
}
