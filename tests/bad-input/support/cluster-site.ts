import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { BUCKETS } from '../../../lab/underway.ts';
import { insideNetwork } from '../../../lab/kubernetes/network.ts';
import type { ConfigInput } from '../../../src/model/config.ts';
import { endLab, readLab } from '../../lab/kubernetes/support/register.ts';
import { openInside } from './inside-network.ts';
import type { Inside } from './inside.ts';
import type { Ground } from './attempt.ts';
import { readServer, withoutCopies } from './lab-site.ts';

type Scratch = Extract<ConfigInput['scratch'], { kind: 'kubernetes' }>;

/** A Kubernetes lab whose site is lost, and what is needed to spoil a drill on it. */
export interface ClusterSite extends Ground {
  /** A config of its own to change. */
  newConfig(scratch?: Partial<Scratch>): ConfigInput;
  readonly inside: Inside;
  /** Where Velero's newest backup lies: `velero/backups/NAME/NAME.tar.gz`. */
  readonly tarball: string;
  /** Stops a process of the lab where it stands, until it is disposed of. */
  freeze(role: string): Disposable;
  /** A kubeconfig that leads to the API server at this endpoint; the lab's own without. */
  writeKubeconfig(file: string, endpoint?: string): Promise<void>;
}

const MUSTER = path.join(import.meta.dirname, '../../../bin/muster.js');

/** Brings the Kubernetes lab up. Whatever there is of it, also where this fails, goes with `stack`. */
export async function openClusterSite(stack: AsyncDisposableStack): Promise<ClusterSite> {
  const directory = await mkdtemp('/var/tmp/muster-bad-cluster-');
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  const labs = path.join(directory, 'labs');
  stack.defer(() => endLab(labs));
  const lab = (...args: readonly string[]) =>
    execa(process.execPath, [MUSTER, 'lab', ...args], { env: { MUSTER_LABS: labs } });
  await lab('up', '--kubernetes');
  const { stdout: configFile } = await lab('status', '--config-file');
  const state = await readLab(labs);
  const text = await readFile(String(configFile).trim(), 'utf8');
  const wholeConfig = () => parse(text) as ConfigInput;
  const scratch = wholeConfig().scratch as Scratch;
  // The drill's own kubeconfig may do no more than a drill has to.
  const { network = '', kubeconfig } = state.kubernetes ?? {};
  const kubeconfigText = await readFile(scratch.kubeconfig ?? '', 'utf8');
  const apiServer = (parse(kubeconfigText) as Kubeconfig).clusters[0].cluster.server;
  const { host, port, user, password } = scratch.database;
  const inside = stack.use(
    await openInside(network, {
      ...{ kubeconfig: kubeconfig ?? '', apiServer, bucket: BUCKETS.backups, scratchBucket: BUCKETS.scratch },
      s3: await readServer(wholeConfig()),
      database: {
        ...{ host, port: port ?? 5432, user },
        password: 'file' in password ? (await readFile(password.file, 'utf8')).trim() : '',
      },
    }),
  );
  const [tarball = ''] = (await inside.keys('velero/backups/')).filter((key) => key.endsWith('.tar.gz'));
  return {
    ...{ directory, wholeConfig, inside, tarball },
    within: await insideNetwork(network, []),
    newConfig: (changed = {}) => {
      const config = withoutCopies(wholeConfig());
      return { ...config, scratch: { ...scratch, ...changed } };
    },
    leftElsewhere: () => inside.left(),
    freeze(role) {
      const { pid = 0 } = state.processes.find((process) => process.role === role) ?? {};
      process.kill(pid, 'SIGSTOP');
      return { [Symbol.dispose]: () => void process.kill(pid, 'SIGCONT') };
    },
    async writeKubeconfig(file, endpoint) {
      const config = parse(kubeconfigText) as Kubeconfig;
      const [{ cluster }] = config.clusters;
      if (endpoint !== undefined)
        Object.assign(cluster, {
          server: endpoint.replace('http:', 'https:'),
          'tls-server-name': 'kubernetes',
        });
      await writeFile(file, stringify(config), { mode: 0o600 });
    },
  };
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string } }];
}
