import { execa } from 'execa';
import { ruleset } from './ruleset.ts';
import { findTool } from '../tools.ts';
import { toolSpec, type ToolName } from '../tool-table.ts';

/** How well this machine can keep a scratch from reaching out. */
export type Strength =
  | {
      readonly kind: 'namespace';
      /** Made in a user namespace, without root. */
      readonly rootless: boolean;
    }
  | { readonly kind: 'proxy'; /** Why it cannot be a namespace. */ readonly why: string };

const NEEDED = ['unshare', 'nsenter', 'ip', 'nft'] as const satisfies readonly ToolName[];

/** Arguments of unshare(1) for a network namespace without uplink. */
export function unshareArgs(rootless: boolean): readonly string[] {
  return rootless ? ['--user', '--map-current-user', '--keep-caps', '--net'] : ['--net'];
}

/** Tries it: makes a namespace, loads rules that count, and lets it go again. Takes some hundredths of a second. */
export async function findStrength(root = process.getuid?.() === 0): Promise<Strength> {
  const tools = await Promise.all(NEEDED.map(async (name) => ({ name, tool: await findTool(name) })));
  const missing = tools.filter(({ tool }) => !tool).map(({ name }) => name);
  if (missing.length > 0) {
    return {
      kind: 'proxy',
      why: `${missing.map((name) => `${name} (${toolSpec(name).purpose})`).join(', ')} not found`,
    };
  }
  const [unshare = '', , , nft = ''] = tools.map(({ tool }) => tool?.path);
  const rootless = !root;
  const tried = await execa(unshare, [...unshareArgs(rootless), '--', nft, '-f', '-'], {
    input: ruleset([]),
    reject: false,
    timeout: 10_000,
  });
  if (!tried.failed) return { kind: 'namespace', rootless };
  const said = tried.stderr.trim().split('\n')[0] ?? '';
  return {
    kind: 'proxy',
    why: `${rootless ? 'a user namespace with a network of its own' : 'a network namespace'} cannot be made: ${said || tried.shortMessage}`,
  };
}
