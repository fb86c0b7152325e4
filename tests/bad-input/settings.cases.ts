import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'vitest';
import type { ConfigInput } from '../../src/model/config.ts';
import { writeTools } from '../scripts/tiny-programs.ts';
import { begin, expectNothingStarted, expectRefusal } from './support/attempt.ts';
import type { LabSite } from './support/lab-site.ts';

/** What is wrong before anything is started, or before anything is touched. */
export function settingsCases(site: () => LabSite): void {
  it('starts nothing on missing and mistyped keys, and names all of them at once', async () => {
    const { site: _site, ...config } = site().newConfig();
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: {
        ...config,
        objectives: { rpo: '15 minutes', teir: 'lab' },
        scratch: { ...config.scratch, kind: 'cloud' },
      } as unknown as ConfigInput,
    });
    await expectNothingStarted(attempt, {
      code: 'CONFIG_INVALID',
      says: [
        'muster.config.yaml has 4 problems',
        /site: is missing \(wanted a section\)/,
        /objectives\.rpo: must be a duration such as "90s", "15m" or "2h" \(got "15 minutes"\)/,
        /objectives\.teir: is not a known key/,
        /scratch\.kind: must be "local" or "kubernetes" \(got "cloud"\)/,
        'hint: docs/config.md',
      ],
    });
  });

  it('starts nothing when secrets are not where the config says', async () => {
    const config = site().newConfig();
    const [first, ...others] = config.members;
    if (first === undefined) throw new Error('the lab has no members');
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: {
        ...config,
        members: [
          { ...first, password: { env: 'NOBODY_SET_THIS' }, totp: { file: '/nowhere/totp' } },
          ...others,
        ],
      },
    });
    await expectNothingStarted(attempt, {
      code: 'SECRET_MISSING',
      says: ['2 secrets', 'NOBODY_SET_THIS is not set', '/nowhere/totp', 'hint: Set these variables'],
    });
  });

  it('does not go on without a tool that it will need', async () => {
    const folder = await mkdtemp(path.join(site().directory, 'tools-'));
    await writeTools(folder, { without: ['psql'] });
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: site().newConfig(),
      env: { PATH: folder, MUSTER_TOOL_FOLDERS: folder, XDG_CACHE_HOME: path.join(folder, 'cache') },
    });
    await expectRefusal(attempt, {
      code: 'TOOL_MISSING',
      says: [/1 of \d tools that this drill starts/, /missing: psql/, 'hint: Run `npm run setup`'],
    });
  });

  it('does not move a name that serves production without its confirmation', async () => {
    const attempt = await begin(site(), { drill: 'quarterly', config: site().newConfig() });
    await expectRefusal(attempt, {
      code: 'NAME_SERVES_PRODUCTION',
      says: [
        'chat.drill.test serves production, and it was not confirmed',
        'hint: Give `--confirm chat.drill.test`',
      ],
    });
  });
}
