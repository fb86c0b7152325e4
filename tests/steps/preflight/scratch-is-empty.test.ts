import { expect, it } from 'vitest';
import type { ConfigInput } from '../../../src/model/config.ts';
import type { Facts } from '../../../src/model/facts.ts';
import { requireRoom } from '../../../src/steps/preflight/scratch-is-empty.ts';
import { openStepContext } from '../../support/step-context.ts';

const GIBIBYTE = 2 ** 30;

it('asks for room for the restored database where the scratch holds it', async () => {
  expect(await roomFor({ kind: 'cluster' })).toMatchObject({
    expected: expect.stringMatching(/^12\.0 GiB /) as string,
    seen: expect.not.stringContaining('not looked at') as string,
  });
});

it('leaves the database out where a given server holds it, and says so', async () => {
  const server = { kind: 'server', host: '10.0.0.7', user: 'drill', password: { env: 'UNUSED' } } as const;
  expect(await roomFor(server)).toMatchObject({
    expected: expect.stringMatching(/^1\.0 GiB /) as string,
    seen: expect.stringContaining("the database server's own disk was not looked at") as string,
  });
});

/** What was asked for, whether or not this machine has it. */
async function roomFor(database: NonNullable<ConfigInput['scratch']['database']>) {
  await using ctx = await openStepContext();
  const { scratch } = ctx.config;
  await using asked = await openStepContext({
    config: { scratch: { ...scratch, database } as ConfigInput['scratch'] },
    facts: { backups: { database: { bytes: GIBIBYTE }, files: { bytes: 0 } } as Facts['backups'] },
  });
  await requireRoom(asked);
  return asked.checkOf('scratch.room');
}
