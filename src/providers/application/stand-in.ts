import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ApplicationProvider } from './contract.ts';

const PROGRAM = path.join(import.meta.dirname, '..', '..', '..', 'lab', 'application', 'main.ts');

/** Muster's own server over Mattermost's tables, as a process of its own, with the Node that runs Muster. */
export function standIn(): ApplicationProvider {
  return {
    application: 'stand-in',
    async prepare({ directory }) {
      await mkdir(directory, { recursive: true });
      return {
        migrations: undefined,
        launch: (env) => ({ command: process.execPath, args: [PROGRAM], env, cwd: directory }),
        own: async () => {},
      };
    },
  };
}
