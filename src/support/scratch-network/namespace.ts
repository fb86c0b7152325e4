import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { processIds, readNamespace } from '../processes.ts';

interface Namespace {
  /** As the kernel calls it: `net:[4026532315]`. */
  readonly name: string;
  /** The folder of the scratch's network. */
  readonly directory: string;
}

/** What a run calls it among the resources that it makes: `net:[4026532315] of DIRECTORY`. */
export const namespaceResource = ({ name, directory }: Namespace): string => `${name} of ${directory}`;

/**
 * An address of the loopback that only this folder's namespace has: the kernel gives the number of a namespace that is
 * gone to the next one that anybody makes, of any kind.
 */
export function markOf(directory: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(directory).digest();
  // Neither the network's own addresses, nor those that declared destinations are given.
  return `127.${128 + (a >> 1)}.${b}.${c}`;
}

/** Whether any process is left in what `namespaceResource` names. */
export function isNamespaceAlive(resource: string): boolean {
  const [name = '', directory = ''] = resource.split(' of ');
  const mark = markOf(directory);
  return processIds().some((pid) => readNamespace(pid, 'net') === name && hasAddress(pid, mark));
}

/** /proc/PID/net is the network that the process is in (proc_pid_net(5)). */
function hasAddress(pid: number, address: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/net/fib_trie`, 'utf8').includes(`|-- ${address}\n`);
  } catch {
    return false;
  }
}
