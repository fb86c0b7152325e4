import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Check } from '../../src/model/check.ts';
import { judgeClaims, type Claim, type ExaminedWaiver } from '../../src/model/claim.ts';
import { hours } from '../../src/model/duration.ts';
import type { JournalBody, JournalEvent, RecordedError } from '../../src/model/journal.ts';
import type { LastProof } from '../../src/model/proof.ts';
import type { Verdict } from '../../src/model/verdict.ts';

/** The journals that golden tests start from. `node tests/golden/build-journals.ts` writes them beside this file. */
export const JOURNALS = {
  'passed-rehearsal': passedRehearsal,
  missed: missed,
  broken: broken,
  interrupted: interrupted,
  'undo-incomplete': undoIncomplete,
  waived: waived,
} as const satisfies Record<string, () => JournalEvent[]>;
export type JournalName = keyof typeof JOURNALS;

export function journalText(name: JournalName): string {
  return JOURNALS[name]()
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
}

const STEPS = [
  {
    id: 'backups-are-fresh',
    title: 'Check that the backups are fresh',
    phase: 'preflight',
    promises: ['backup.database.age', 'backup.files.age'],
  },
  {
    id: 'restore-database',
    title: 'Restore the database',
    phase: 'restore',
    promises: ['restore.rows-match-dump'],
  },
  {
    id: 'audit-integrity',
    title: 'Audit what came back',
    phase: 'restore',
    promises: ['rpo.messages', 'audit.posts-have-author'],
  },
  {
    id: 'quarantine',
    title: 'Put the copy in quarantine',
    phase: 'restore',
    promises: ['quarantine.no-production-address'],
  },
  {
    id: 'switch-dns',
    title: 'Switch the name to the restored site',
    phase: 'failover',
    promises: ['failover.resolvers'],
  },
  {
    id: 'check-login',
    title: 'Sign users in',
    phase: 'verify',
    promises: ['objective.rto', 'login.first-message', 'login.primary-idp-never-contacted'],
  },
  { id: 'run-load', title: 'Put load on the site', phase: 'load', promises: ['load.rate-reached'] },
] as const;
type StepId = (typeof STEPS)[number]['id'];

const CHECKS: Readonly<Record<string, Check>> = Object.fromEntries(
  [
    check(
      'backup.database.age',
      'The newest database backup is younger than the RPO',
      'at most 24h old',
      '2h14m old',
    ),
    check(
      'backup.files.age',
      'The newest backup of the files is younger than the RPO',
      'at most 24h old',
      '2h10m old',
    ),
    check(
      'restore.rows-match-dump',
      'Every row of the dump is in the restored database',
      '84210 rows',
      '84210 rows',
    ),
    check(
      'rpo.messages',
      'No more messages are lost than the RPO allows',
      'at most 24h before the outage',
      '2h14m before the outage',
      {
        metric: { key: 'rpo_seconds', value: 8040, unit: 's', limit: 86_400, better: 'lower' },
      },
    ),
    check('audit.posts-have-author', 'Every message has an author', 'no message without', 'none of 5210'),
    check(
      'quarantine.no-production-address',
      'No address of production is left in the copy',
      'none',
      'none in 412 places',
    ),
    check('failover.resolvers', 'Every resolver gives the new address', '2 of 2', '2 of 2', {
      metric: { key: 'dns_switch_seconds', value: 31.5, unit: 's', better: 'lower' },
    }),
    check(
      'login.first-message',
      'A user signs in and gets a message of his own back',
      'the message comes back over the WebSocket',
      'it came back after 340ms',
      {
        evidence: ['steps/06-check-login/first-message.txt'],
      },
    ),
    check(
      'login.primary-idp-never-contacted',
      'The primary IdP is never contacted',
      'no connection',
      'no connection',
    ),
    check(
      'objective.rto',
      'A user has sent and received a first message within the RTO',
      'at most 4h after the drill was declared',
      '2m38s after the drill was declared',
      {
        metric: { key: 'rto_seconds', value: 157.5, unit: 's', limit: 14_400, better: 'lower' },
      },
    ),
    check(
      'load.rate-reached',
      'The load that was asked for was reached',
      'at least 80% of 12 actions/s',
      '97%',
    ),
  ].map((one) => [one.id, one]),
);

function check(id: string, claim: string, expected: string, seen: string, more: Partial<Check> = {}): Check {
  return { id, claim, verdict: 'passed', expected, seen, ...more };
}

const CLAIMS: readonly Claim[] = [
  {
    id: 'backups-are-fresh',
    sentence: 'The newest backup of each kind is younger than the RPO allows.',
    provenBy: ['backup.database.age', 'backup.files.age'],
    alsoBy: ['backup.velero.age'],
  },
  {
    id: 'database-is-complete',
    sentence: 'Every row of the backup is in the restored database, and belongs where it is.',
    provenBy: ['restore.rows-match-dump', 'audit.*'],
  },
  {
    id: 'service-is-back-in-time',
    sentence: 'A user has signed in, sent a message and received it within the RTO.',
    provenBy: ['objective.rto'],
  },
  {
    id: 'primary-idp-is-not-needed',
    sentence: 'Nothing on the restored site needs the primary identity provider.',
    provenBy: ['login.primary-idp-never-contacted'],
  },
];

const PROOF: LastProof = {
  format: 1,
  at: '2026-11-15T03:20:00.000Z',
  muster: '0.1.0',
  commit: '4f2a91c',
  groups: { backups: { killed: 24, total: 24 }, identity: { killed: 18, total: 18 } },
  catalogue: 42,
  survivors: [],
  checksDigest: '0'.repeat(64),
  outdated: false,
};

interface Story {
  readonly run: string;
  readonly application?: 'stand-in' | 'official';
  /** What is different from a drill in which all goes well. */
  readonly checks?: Readonly<Record<string, Partial<Check>>>;
  readonly errors?: Readonly<Partial<Record<StepId, RecordedError>>>;
  /** The steps from here on are not reached. */
  readonly stopAt?: StepId;
  readonly stopReason?: string;
  /** The process died here: nothing follows. */
  readonly diesIn?: StepId;
  readonly undoError?: RecordedError;
  readonly verdict?: Verdict;
  readonly exitCode?: number;
  readonly leftBehind?: readonly string[];
  readonly proof?: Partial<LastProof>;
  readonly waivers?: readonly ExaminedWaiver[];
}

function tell(story: Story): JournalEvent[] {
  const events: JournalEvent[] = [];
  const start = Date.parse('2026-11-22T04:12:00.000Z');
  let elapsedMs = 0;
  const emit = (body: JournalBody, after = 250): void => {
    elapsedMs += after;
    events.push({
      seq: events.length + 1,
      at: new Date(start + elapsedMs).toISOString(),
      elapsedMs,
      ...body,
    });
  };
  emit(
    {
      type: 'run.started',
      format: 1,
      run: story.run,
      drill: {
        name: 'quarterly',
        title: 'Quarterly recovery drill',
        why: 'Losing the primary site may cost at most 24 hours of messages and 4 hours of service.',
      },
      objectives: { rpo: hours(24), rto: hours(4), tier: 'e20' },
      application: story.application ?? 'official',
      lab: story.application === 'stand-in',
      only: null,
      outageAt: '2026-11-22T04:10:00.000Z',
      machine: {
        vcpus: 8,
        memoryGiB: 32,
        os: 'Linux 6.12.0',
        bootId: '00000000-0000-4000-8000-000000000001',
      },
      muster: '0.1.0',
      commit: '4f2a91c',
      reason: 'Q4 exercise',
      operator: 'Jane Doe',
      participants: ['Operations', 'Security'],
      proof: story.proof ? { ...PROOF, ...story.proof } : null,
      claims: CLAIMS,
      notClaimed: ['Search finds what was written before the outage, and what is written now.'],
      steps: STEPS.map((step) => ({ ...step, promises: [...step.promises] })),
    },
    0,
  );
  emit({ type: 'moment', moment: 'declared', sinceDeclaredMs: 0 }, 0);

  let phase: string | undefined;
  let stopped = false;
  for (const [index, step] of STEPS.entries()) {
    if (step.phase !== phase) {
      if (phase) emit({ type: 'phase.finished', phase: phase as typeof step.phase }, 0);
      phase = step.phase;
      emit({ type: 'phase.started', phase: step.phase }, 0);
    }
    stopped ||= step.id === story.stopAt;
    if (stopped) {
      const reason = story.stopReason ?? 'an earlier step stopped the run';
      emit(
        {
          type: 'step.finished',
          step: step.id,
          phase: step.phase,
          outcome: 'not-reached',
          durationMs: 0,
          ownCpuMs: 0,
          reason,
        },
        0,
      );
      for (const check of unmadeChecks(step, 'NOT_REACHED', reason))
        emit({ type: 'check', step: step.id, check }, 0);
      continue;
    }
    const began = elapsedMs;
    emit({ type: 'step.started', step: step.id, title: step.title, phase: step.phase, number: index + 1 });
    if (step.id === 'restore-database')
      emit(
        {
          type: 'command',
          step: step.id,
          command: 'pg_restore --jobs 4 --dbname mattermost mattermost.dump',
          exitCode: story.errors?.[step.id] ? 1 : 0,
          durationMs: 92_000,
        },
        92_000,
      );
    if (step.id === story.diesIn) return events;
    const error = story.errors?.[step.id];
    if (!error) {
      for (const id of step.promises) {
        const made = CHECKS[id];
        // The moment brings it with it.
        if (!made || id === 'objective.rto') continue;
        emit({ type: 'check', step: step.id, check: { ...made, ...story.checks?.[id] } }, 8_000);
        if (id === 'login.first-message' && story.checks?.[id] === undefined) {
          emit({ type: 'moment', moment: 'first-verified-message', sinceDeclaredMs: 157_500 }, 0);
          emit(
            {
              type: 'check',
              step: step.id,
              check: { ...(CHECKS['objective.rto'] as Check), ...story.checks?.['objective.rto'] },
            },
            0,
          );
        }
      }
      if (step.id === 'check-login')
        emit({ type: 'evidence', step: step.id, file: 'steps/06-check-login/first-message.txt' }, 0);
    } else {
      for (const check of unmadeChecks(step, 'NOT_MADE', `the step failed: ${error.message}`))
        emit({ type: 'check', step: step.id, check }, 0);
    }
    emit(
      {
        type: 'step.finished',
        step: step.id,
        phase: step.phase,
        outcome: error ? 'failed' : 'done',
        durationMs: elapsedMs - began,
        ownCpuMs: 40,
        ...(error && { error }),
      },
      0,
    );
  }
  emit({ type: 'undo.started', step: 'restore-database', title: 'Restore the database' });
  emit(
    {
      type: 'undo.finished',
      step: 'restore-database',
      durationMs: 400,
      ...(story.undoError && { error: story.undoError }),
    },
    400,
  );
  emit({ type: 'coverage', ...judgeClaims(events, story.waivers) });
  emit({
    type: 'run.finished',
    verdict: story.verdict ?? 'passed',
    exitCode: story.exitCode ?? 0,
    durationMs: elapsedMs,
    ownCpuMs: 300,
    leftBehind: story.leftBehind ?? [],
  });
  return events;
}

/** What the engine writes down for promises that were not kept. */
function unmadeChecks(
  { title, promises }: (typeof STEPS)[number],
  code: 'NOT_REACHED' | 'NOT_MADE',
  seen: string,
): Check[] {
  return promises.map((id) => ({
    id,
    claim: `${id} (promised by "${title}")`,
    verdict: 'unverified',
    expected: 'the check is made',
    seen,
    code,
  }));
}

function passedRehearsal(): JournalEvent[] {
  return tell({ run: '2026-11-22T0412Z-quarterly-0001', application: 'stand-in', proof: {} });
}

function missed(): JournalEvent[] {
  return tell({
    run: '2026-11-22T0412Z-quarterly-0002',
    proof: { outdated: true },
    verdict: 'missed',
    exitCode: 1,
    checks: {
      'backup.database.age': {
        verdict: 'missed',
        seen: '26h old',
        code: 'BACKUP_STALE',
        hint: 'Check that the backup schedule ran.',
      },
      'rpo.messages': {
        verdict: 'missed',
        seen: '26h before the outage',
        code: 'RPO_MISSED',
        metric: { key: 'rpo_seconds', value: 93_600, unit: 's', limit: 86_400, better: 'lower' },
      },
      'login.primary-idp-never-contacted': {
        verdict: 'unverified',
        seen: 'the proxy’s log is cut short',
        code: 'LOG_INCOMPLETE',
      },
    },
  });
}

function broken(): JournalEvent[] {
  return tell({
    run: '2026-11-22T0412Z-quarterly-0003',
    verdict: 'broken',
    exitCode: 80,
    errors: {
      'restore-database': {
        code: 'COMMAND_FAILED',
        blame: 'environment',
        message: 'pg_restore failed with exit code 1 after 1m32s',
        cause: 'could not execute query: ERROR: role "mmuser" does not exist',
        details: {
          command: 'pg_restore --jobs 4 --dbname mattermost mattermost.dump',
          output: 'steps/02-restore-database/stderr.log',
        },
        hint: 'Create role "mmuser" on the scratch server.',
      },
    },
    stopAt: 'audit-integrity',
    stopReason: '"Restore the database" stopped the run (COMMAND_FAILED)',
  });
}

function interrupted(): JournalEvent[] {
  return tell({ run: '2026-11-22T0412Z-quarterly-0004', diesIn: 'restore-database' });
}

function undoIncomplete(): JournalEvent[] {
  return tell({
    run: '2026-11-22T0412Z-quarterly-0005',
    verdict: 'broken',
    exitCode: 90,
    undoError: {
      code: 'TEARDOWN_INCOMPLETE',
      blame: 'environment',
      message: 'the scratch database server did not end',
      hint: 'End process 4711 by hand.',
    },
    leftBehind: ['process 4711 (scratch database server)'],
  });
}

function waived(): JournalEvent[] {
  return tell({
    run: '2026-11-22T0412Z-quarterly-0006',
    proof: { groups: { backups: { killed: 23, total: 24 } }, untried: ['kubernetes'], survivors: ['backups.one-channel-missing'] },
    checks: {
      'login.primary-idp-never-contacted': {
        verdict: 'unverified',
        seen: 'the proxy’s log is cut short',
        code: 'LOG_INCOMPLETE',
      },
    },
    waivers: [
      {
        waives: 'primary-idp-is-not-needed',
        reason: 'The new proxy is delivered in January.',
        by: 'Jane Doe',
        expires: '2027-01-31',
        flaw: null,
      },
      {
        waives: 'load-is-carried',
        reason: 'No load generator that week.',
        by: 'Jane Doe',
        expires: '2026-10-31',
        flaw: 'expired',
      },
    ],
  });
}

if (import.meta.main) {
  for (const name of Object.keys(JOURNALS) as JournalName[])
    writeFileSync(path.join(import.meta.dirname, `${name}.jsonl`), journalText(name));
}
