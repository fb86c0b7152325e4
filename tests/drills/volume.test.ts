import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { openDesk } from '../cli/muster.ts';
import { whyNoCluster } from '../lab/kubernetes/support/machine.ts';
import { endLab, readLab } from '../lab/kubernetes/support/register.ts';
import { checksOf, runAsFarAsFailover, type MusterRun } from './run-muster.ts';

const whyNot = await whyNoCluster();
const FORGIVING = 1_200_000;

describe.skipIf(whyNot !== undefined)(
  `a file store on a volume of a real cluster${whyNot ? ` (skipped: ${whyNot})` : ''}`,
  () => {
    let desk: Awaited<ReturnType<typeof openDesk>>;
    let run: MusterRun;

    beforeAll(async () => {
      desk = await openDesk();
      const up = await desk.muster('lab up --kubernetes', { MUSTER_LABS: desk.at('labs') });
      expect(up.exitCode, up.stderr.slice(-3000)).toBe(0);
      const { configFile } = await readLab(desk.at('labs'));
      const config = parse(await readFile(configFile, 'utf8')) as { scratch: { files: object } };
      config.scratch.files = { kind: 'volume' };
      await writeFile(configFile, stringify(config));
      run = await runAsFarAsFailover(desk.at('labs'));
    }, FORGIVING);
    afterAll(async () => {
      await using opened = desk;
      await endLab(opened.at('labs'));
    }, 120_000);

    it('comes back from Velero’s backup of it, and the site serves its files from it', () => {
      const checks = checksOf(run.events);
      expect([...checks.values()].filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
      expect(run.exitCode, run.output.slice(-3000)).toBe(0);
      expect(checks.get('backup.velero.volumes')?.seen).toBe(
        'mattermost-files (the file store) by PodVolumeBackup',
      );
      expect(checks.get('restore.files-match-backup')?.expected).toMatch(/^\d+ bytes, as Velero saved them$/);
      for (const id of ['audit.files-present', 'audit.files-content', 'baseline.files-content'])
        expect(checks.get(id)?.verdict, id).toBe('passed');
      expect(checks.get('application.healthy')?.verdict).toBe('passed');
    });

    it('leaves neither the volume nor what Velero was told', () => {
      expect(run.output).toMatch(/^Clean-up +nothing is left behind/m);
    });
  },
);
