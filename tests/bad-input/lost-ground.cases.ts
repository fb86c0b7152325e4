import path from 'node:path';
import { expect, it } from 'vitest';
import { begin, expectRefusal } from './support/attempt.ts';
import { behindGate, holdInRestore } from './support/behind-gate.ts';
import { checkMade, processStarted, stepStarted } from './support/events.ts';
import { openGate } from './support/gate.ts';
import { mountDisk } from '../../lab/small-disk.ts';
import type { LabSite } from './support/lab-site.ts';

/** What goes away in the middle of a drill. The identity provider does not come back in the end, so it is the last to go. */
export function lostGroundCases(site: () => LabSite): void {
  it('says that the store went away in the middle of a download', async () => {
    await using gate = await openGate(site().s3.endpoint);
    const attempt = await begin(site(), {
      drill: 'recovery',
      config: behindGate(site().newConfig(), gate),
    });
    await holdInRestore(attempt, gate);
    await gate.close();
    await expectRefusal(attempt, {
      code: 'STORE_UNREADABLE',
      says: [/(?:only \d+ of \d+ bytes|cannot read on)/, /mattermost\.dump/, /hint: Check/],
    });
  });

  it('says that the scratch database went away in the middle of a restore', async () => {
    await using gate = await openGate(site().s3.endpoint);
    const attempt = await begin(site(), {
      drill: 'recovery',
      config: behindGate(site().newConfig(), gate),
    });
    await holdInRestore(attempt, gate);
    const server = attempt.journal().find(processStarted('scratch database server'));
    if (server?.type === 'process.started') process.kill(server.pid, 'SIGKILL');
    gate.release();
    await expectRefusal(attempt, {
      code: 'DATABASE_UNREACHABLE',
      says: [/the scratch database server went away during the restore: /, /hint: Its log tells why/],
    });
  });

  it('says that the disk filled up in the middle of a restore', async (context) => {
    await using disk = await mountDisk(path.join(site().directory, 'filling-disk'), '700m');
    if (!disk) return context.skip('mounting a small disk takes root');
    await using gate = await openGate(site().s3.endpoint);
    const config = behindGate(site().newConfig(), gate);
    const directory = path.join(disk.path, 'scratch');
    const attempt = await begin(site(), {
      drill: 'recovery',
      config: { ...config, scratch: { ...config.scratch, directory } },
    });
    await holdInRestore(attempt, gate);
    await disk.fill();
    gate.release();
    await expectRefusal(attempt, {
      code: 'DISK_TOO_SMALL',
      says: [
        // A block of which not even a part could be written, or of which a part still found room.
        /the disk filled up during the restore: .*(No space left on device|wrote only 4096 of 8192 bytes)/,
        /hint: Give scratch\.directory/,
      ],
    });
  });

  it('says that the secondary IdP went away while users signed in', async () => {
    const config = site().newConfig();
    const attempt = await begin(site(), {
      drill: 'recovery',
      config: { ...config, members: config.members.slice(0, 2) },
      args: ['--confirm', 'chat.drill.test'],
    });
    await attempt.sees(checkMade('login.'));
    await site().secondaryIdp.stop();
    try {
      await expectRefusal(attempt, { code: 'IDENTITY_UNREACHABLE', says: [/sso2\.drill\.test/, /hint: /] });
      const passed = attempt.journal().flatMap((event) => (event.type === 'check' ? [event.check] : []));
      expect(passed.find(({ id }) => id.startsWith('login.secondary-idp'))).toMatchObject({
        verdict: 'passed',
      });
    } finally {
      await site().secondaryIdp.reopen();
    }
  });

  it('says that the secondary IdP went away before anybody signed in', async () => {
    const attempt = await begin(site(), {
      drill: 'recovery',
      config: site().newConfig(),
      args: ['--confirm', 'chat.drill.test'],
    });
    await attempt.sees(stepStarted('start-application'));
    await site().secondaryIdp.stop();
    await expectRefusal(attempt, {
      code: 'IDENTITY_UNREACHABLE',
      says: [/sso2\.drill\.test/, /hint: /],
    });
  });

  it('says that the secondary IdP is not there at all', async () => {
    const attempt = await begin(site(), { drill: 'backup-audit', config: site().newConfig() });
    await expectRefusal(attempt, {
      code: 'IDENTITY_UNREACHABLE',
      says: [/sso2\.drill\.test/, /ECONNREFUSED|refused/, /hint: /],
    });
  });
}
