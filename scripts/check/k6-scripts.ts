import { readdirSync } from 'node:fs';
import path from 'node:path';
import { requireTool } from '../../src/support/tools.ts';
import { commandCheck } from './commands.ts';
import type { ProjectCheck } from './project-check.ts';

/** k6 itself reads each script, with the file of each hardware tier. */
export const k6Check: ProjectCheck = {
  name: 'k6 inspect',
  async find(root) {
    const names = (folder: string, suffix: string): string[] =>
      readdirSync(path.join(root, folder)).filter((file) => file.endsWith(suffix));
    const scripts = names('k6', '.ts');
    if (scripts.length === 0) return ['k6/ holds no script'];
    const command = await requireTool('k6');
    const problems: string[] = [];
    for (const script of scripts) {
      for (const target of names('k6/targets', '.json')) {
        const env = `MUSTER_TARGET_FILE=${path.join(root, 'k6/targets', target)}`;
        const args = ['inspect', '--execution-requirements', '-e', env, script];
        problems.push(...(await commandCheck({ name: script, command, args, cwd: 'k6' }).find(root)));
      }
    }
    return problems;
  },
};
