import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { promisesOf } from '../../../src/model/drill.ts';
import { restoreCluster } from '../../../src/steps/restore/restore-cluster.ts';
import { openStepContext } from '../../support/step-context.ts';
import type { BackupSet } from '../../../src/model/facts.ts';

const REAL_BACKUPS = process.env['MUSTER_TEST_BACKUPS'];
const WITHOUT_BACKUPS = 'needs real backups: set MUSTER_TEST_BACKUPS to their folder';
const chosen = (name: string) => ({ velero: { name, takenAt: '', expiresAt: null } }) as unknown as BackupSet;

it('knows nothing and promises nothing when no Velero backup is configured', async () => {
  await using context = await openStepContext({
    facts: { backups: { velero: null } as unknown as BackupSet },
  });
  await restoreCluster().run(context);
  expect(context.facts.cluster).toMatchObject({ version: '', addresses: [], secrets: {} });
  expect(promisesOf(restoreCluster(), context)).toEqual([]);
});

describe.skipIf(!REAL_BACKUPS)(`a real Velero backup (${REAL_BACKUPS ? 'there' : WITHOUT_BACKUPS})`, () => {
  const config = {
    backups: {
      store: { kind: 'filesystem' as const, root: path.join(REAL_BACKUPS ?? '', 'velero-1.18') },
      database: {},
      files: {},
      velero: { prefix: 'prod' },
    },
  };

  it('tells the site’s version, where production is, and no secret', async () => {
    await using context = await openStepContext({
      config,
      facts: { backups: chosen('mattermost-daily-20261121231057') },
    });
    await restoreCluster().run(context);
    const { cluster } = context.facts;
    expect(cluster).toMatchObject({
      namespace: 'mattermost',
      name: 'chat',
      version: expect.stringMatching(/^11\./),
    });
    expect(Object.keys(cluster?.secrets ?? {})).toContain('mm-database');
    expect(cluster?.addresses.length).toBeGreaterThan(0);
    expect(context.checkOf('restore.cluster').verdict).toBe('passed');
    const written = JSON.stringify([cluster, context.checks, [...context.attachments]]);
    expect(written).not.toMatch(/postgres:\/\/[^"]*:[^"]*@/);
    expect(written).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY/);
  });

  it('rejects with BACKUP_MISSING when the chosen one is not there', async () => {
    await using context = await openStepContext({
      config,
      facts: { backups: chosen('mattermost-daily-never') },
    });
    await expect(restoreCluster().run(context)).rejects.toMatchObject({ code: 'BACKUP_MISSING' });
  });
});
