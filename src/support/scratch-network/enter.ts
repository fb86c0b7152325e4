import { createConnection } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { DrillError } from '../../model/errors.ts';
import type { NamespaceNetwork, ScratchNetwork } from '../../model/facts.ts';
import { isRunning } from '../processes.ts';
import { requireTool } from '../tools.ts';
import { WARDEN_SOCKET, type Snapshot } from './warden.ts';

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** The same command, in the scratch's network; unchanged where that has no namespace. Rejects with SCRATCH_NOT_SEALED. */
export async function enter<T extends Command>(network: ScratchNetwork, what: T): Promise<T> {
  if (network.kind !== 'namespace') return what;
  requireWarden(network);
  const { pid, rootless } = network;
  return {
    ...what,
    command: await requireTool('nsenter'),
    args: [
      ...(rootless ? [`--user=/proc/${pid}/ns/user`, '--preserve-credentials'] : []),
      `--net=/proc/${pid}/ns/net`,
      '--',
      what.command,
      ...what.args,
    ],
  };
}

/** What was tried in the namespace up to now. Rejects with SCRATCH_NOT_SEALED when its warden is gone. */
export async function readSnapshot(network: NamespaceNetwork): Promise<Snapshot> {
  requireWarden(network);
  const socket = createConnection(path.join(network.directory, WARDEN_SOCKET));
  const answer = await text(socket);
  if (answer === '')
    throw new DrillError('SCRATCH_NOT_SEALED', 'the warden of the scratch cannot read its counters');
  return JSON.parse(answer) as Snapshot;
}

function requireWarden(network: NamespaceNetwork): void {
  if (isRunning(network)) return;
  throw new DrillError(
    'SCRATCH_NOT_SEALED',
    `the warden of the scratch's network (process ${network.pid}) is gone`,
    {
      hint: 'Nothing can be started there any more: `muster undo` this run and begin again.',
    },
  );
}
