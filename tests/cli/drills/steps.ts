import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../../../src/model/check.ts';
import type { Phase, Step, StepContext } from '../../../src/model/drill.ts';
import { seconds } from '../../../src/model/duration.ts';

/** Makes a check that comes to this. */
export function checks(id: string, verdict: Check['verdict'] = 'passed'): Step {
  return {
    id: `check-${id.replaceAll('.', '-')}`,
    title: `Check ${id}`,
    promises: [id],
    budget: seconds(20),
    plan: () => [`looks at ${id}`],
    async run(ctx) {
      ctx.check({ id, claim: `${id} holds`, verdict, expected: 'yes', seen: verdict });
    },
  };
}

/** Makes a folder in the scratch and starts a process that stays, as a restore does. */
export function serves(id = 'serve'): Step {
  return {
    id,
    title: 'Start a server',
    budget: seconds(20),
    async run(ctx) {
      await makeFolder(ctx, id);
      await ctx.launch({ role: `server of ${id}`, command: 'sleep', args: ['300'] });
    },
    async undo(ctx) {
      await ctx.endLaunched(`server of ${id}`);
      await removeFolder(ctx, id);
    },
  };
}

/** Starts a process and then waits for a Ctrl-C that never comes by itself. */
export function waits(phase: Phase): Step {
  const id = `wait-in-${phase}`;
  return {
    id,
    title: `Wait in ${phase}`,
    promises: [`${phase}.waited`],
    budget: seconds(60),
    async run(ctx) {
      await makeFolder(ctx, id);
      await ctx.launch({ role: id, command: 'sleep', args: ['300'] });
      ctx.progress(`waiting in ${phase}`);
      await sleep(60_000, undefined, { signal: ctx.signal });
    },
    async undo(ctx) {
      await ctx.exec('sleep', ['0.3']);
      await ctx.endLaunched(id);
      await removeFolder(ctx, id);
    },
  };
}

export async function makeFolder(ctx: StepContext, name: string): Promise<void> {
  const folder = path.join(ctx.config.scratch.directory, name);
  ctx.created({ kind: 'folder', name: folder });
  await mkdir(folder, { recursive: true });
}

export async function removeFolder(ctx: StepContext, name: string): Promise<void> {
  const folder = path.join(ctx.config.scratch.directory, name);
  await rm(folder, { recursive: true, force: true });
  ctx.removed({ kind: 'folder', name: folder });
}

export const objectives = { rpo: seconds(3600), rto: seconds(3600), tier: 'lab' };
export const why = 'It shows how the command line behaves.';
