import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabState } from '../../lab/state.ts';
import { takeDown } from '../../lab/take-down.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readIdentityExport } from '../../src/providers/identity/export.ts';
import { REAL_OUTAGE, raiseRealSite } from '../lab/support/real-site.ts';
import { readRealManifest, realBackups, whyNoBackups, type RealManifest } from '../support/backups.ts';
import { checksOf, runMuster, type MusterRun } from './run-muster.ts';

describe.skipIf(realBackups === undefined)(
  `the quarterly drill on backups of a real site (${whyNoBackups} otherwise)`,
  () => {
    let manifest: RealManifest;
    let lab: LabState;
    let run: MusterRun;

    beforeAll(async () => {
      manifest = readRealManifest(realBackups ?? '');
      lab = await raiseRealSite(realBackups ?? '', {
        say: () => {},
        signal: new AbortController().signal,
      });
      run = await runMuster([
        'run',
        'quarterly',
        '--config',
        lab.configFile,
        '--confirm',
        lab.switchedName,
        '--outage-at',
        REAL_OUTAGE,
      ]);
    }, 1_200_000);

    afterAll(async () => {
      expect(await takeDown(lab)).toEqual([]);
    });

    it('passes every check that it promises, with exit code 0', () => {
      expect([...checksOf(run.events).values()].filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
      expect(run.exitCode, run.output.slice(-3000)).toBe(0);
    });

    it('restores every row and sees all 158 migrations', () => {
      const rows = Object.values(manifest.tables).reduce((sum, table) => sum + table.rows, 0);
      const checks = checksOf(run.events);
      expect(checks.get('restore.rows-match-dump')?.seen).toContain(
        `${rows} rows in ${Object.keys(manifest.tables).length} tables`,
      );
      expect(checks.get('audit.schema-version')?.seen).toContain('158 migrations, the newest is 159');
    });

    it('measures the RPO as the distance from the newest message to the outage', () => {
      const lost = Date.parse(REAL_OUTAGE) - Date.parse(manifest.newest_post.create_at_iso);
      expect(checksOf(run.events).get('rpo.messages')?.metric).toMatchObject({
        key: 'rpo_seconds',
        value: lost / 1000,
      });
    });

    it('finds SSO ids 1001 to 1012 at the secondary IdP, and keeps 1013 out of it', async () => {
      const { identity } = (await loadConfig(lab.configFile)).config;
      const there = (await readIdentityExport(identity.secondary.export ?? '')).map(({ id }) => Number(id));
      const ids = Array.from({ length: 12 }, (_, index) => 1001 + index);
      expect(there.filter((id) => id < 2000).toSorted()).toEqual(ids);
      expect(manifest.credentials.sso.ids[manifest.credentials.sso.deactivated]).toBe(1013);

      const checks = checksOf(run.events);
      const users = checks.get('identity.users');
      expect(users?.seen).toMatch(/^12 of \d+ users in the dump sign in through it, and all can$/);
      expect(checks.get('identity.deactivated')?.verdict).toBe('passed');
      const found: unknown = JSON.parse(
        await readFile(path.join(run.runDir, users?.evidence?.[0] ?? ''), 'utf8'),
      );
      expect(found).toMatchObject({ matched: 12, lockedOut: [], reactivated: [], emailConflicts: [] });
    });

    it('signs SSO users in through the secondary IdP and judy by e-mail and one-time code', () => {
      const checks = checksOf(run.events);
      for (const id of [
        'login.secondary-idp.responder1',
        'login.same-account.responder1',
        'login.break-glass.judy',
        'login.deactivated.former.member',
        'messages.newest-canary',
      ]) {
        expect(checks.get(id), id).toMatchObject({ verdict: 'passed' });
      }
    });
  },
);
