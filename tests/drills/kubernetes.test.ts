import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endLab } from '../lab/kubernetes/support/register.ts';
import { whyNoCluster } from '../lab/kubernetes/support/machine.ts';
import { openDesk } from '../cli/muster.ts';
import { readRealManifest, realBackups, whyNoBackups } from '../support/backups.ts';
import { REAL_OUTAGE } from '../lab/support/real-site.ts';
import { checksOf, runAsFarAsFailover, runMuster, type MusterRun } from './run-muster.ts';

const whyNot = await whyNoCluster();
const FORGIVING = 1_200_000;

describe.skipIf(whyNot !== undefined)(
  `a drill in a real cluster${whyNot ? ` (skipped: ${whyNot})` : ''}`,
  () => {
    it(
      'rehearses a recovery from an empty cluster and a bucket, passes, and leaves nothing behind',
      { timeout: FORGIVING },
      async () => {
        const { exitCode, output, events, labs } = await runMuster([
          'run',
          'quarterly',
          '--lab',
          '--kubernetes',
        ]);
        expect([...checksOf(events).values()].filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
        expect(exitCode, output.slice(-3000)).toBe(0);
        expect(output).toMatch(/^Verdict +PASSED +\(a rehearsal: the stand-in application was under test/m);
        expect(output).toMatch(/^RTO +objective 4h, measured .+ until a first message sent and received$/m);
        for (const phase of ['preflight', 'restore', 'failover', 'verify', 'load'])
          expect(output).toMatch(new RegExp(`^${phase} +passed`, 'm'));
        expect(checksOf(events).get('restore.objects')?.seen).toMatch(
          /each held by content; Velero says Completed/,
        );
        expect(output).toMatch(/^Clean-up +nothing is left behind/m);
        expect(output).toMatch(/^Lab +taken down, nothing is left behind/m);
        expect(labs).toEqual([]);
      },
    );

    describe.skipIf(realBackups === undefined)(
      `on backups of a real site (${whyNoBackups} otherwise)`,
      () => {
        let desk: Awaited<ReturnType<typeof openDesk>>;
        let run: MusterRun;

        beforeAll(async () => {
          desk = await openDesk();
          const env = { MUSTER_LABS: desk.at('labs') };
          const script = path.join(import.meta.dirname, '../lab/kubernetes/support/real-site.ts');
          await execa('unshare', ['--net', '--', process.execPath, script, realBackups ?? ''], { env });
          run = await runAsFarAsFailover(desk.at('labs'), ['--outage-at', REAL_OUTAGE]);
        }, FORGIVING);
        afterAll(async () => {
          await using opened = desk;
          await endLab(opened.at('labs'));
        }, 120_000);

        it('recovers database, files and Kubernetes objects together, with exit code 0', () => {
          expect([...checksOf(run.events).values()].filter(({ verdict }) => verdict !== 'passed')).toEqual(
            [],
          );
          expect(run.exitCode, run.output.slice(-3000)).toBe(0);
          const checks = checksOf(run.events);
          const rows = Object.values(readRealManifest(realBackups ?? '').tables).reduce(
            (sum, table) => sum + table.rows,
            0,
          );
          expect(checks.get('restore.rows-match-dump')?.seen).toContain(`${rows} rows in`);
          expect(checks.get('restore.cluster')?.seen).toContain('it asked for 2 × 2 CPU and 4Gi');
          expect(checks.get('application.healthy')?.verdict).toBe('passed');
          expect(checks.get('rpo.messages')?.metric).toMatchObject({ key: 'rpo_seconds', value: 23_400 });
        });
      },
    );
  },
);
