import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { insideNetwork } from '../../../lab/kubernetes/network.ts';
import type { Answer, Inside, InsideOptions } from './inside.ts';

/** Starts `inside.ts` in the network of that name; what is called here is done there. */
export async function openInside(network: string, options: InsideOptions): Promise<Inside & AsyncDisposable> {
  const program = path.join(import.meta.dirname, 'inside.ts');
  const [command = '', ...args] = await insideNetwork(network, [process.execPath, program]);
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Bodies of objects go as they are.
    serialization: 'advanced',
    env: { ...process.env, MUSTER_INSIDE: JSON.stringify(options) },
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  child.on('message', ({ id, value, error }: Answer) => {
    if (error === undefined) waiting.get(id)?.resolve(value);
    else waiting.get(id)?.reject(new Error(error));
  });
  child.once('exit', () => waiting.forEach(({ reject }) => reject(new Error('it has ended'))));
  const expectAnswer = (id: number) => {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    return answer.promise.finally(() => waiting.delete(id));
  };
  await expectAnswer(0);
  return new Proxy({} as Inside & AsyncDisposable, {
    get(_target, name) {
      if (name === Symbol.asyncDispose)
        return async () => {
          const ended = once(child, 'exit');
          child.disconnect();
          await ended;
        };
      // Whoever awaits it asks for this one.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      return (...given: readonly unknown[]) => {
        const id = ++count;
        const answer = expectAnswer(id);
        child.send({ id, name, args: given });
        return answer;
      };
    },
  });
}
