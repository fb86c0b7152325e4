import { execa } from 'execa';
import { DrillError } from '../../src/model/errors.ts';
import { findTool, KUBERNETES_TOOL_NAMES, requireTool, wantedVersion } from '../../src/support/tools.ts';

/** Rejects as requireNamespaces does, and with TOOL_MISSING. */
export async function requireKubernetesMachine(root?: boolean): Promise<void> {
  await requireNamespaces(root);
  const found = await Promise.all(KUBERNETES_TOOL_NAMES.map(findTool));
  const missing = KUBERNETES_TOOL_NAMES.filter((_name, i) => found[i] === undefined);
  if (missing.length > 0)
    throw new DrillError(
      'TOOL_MISSING',
      `${missing.length} of ${KUBERNETES_TOOL_NAMES.length} programs of the Kubernetes lab are not here`,
      {
        hint: 'Run `npm run setup:kubernetes` once: it builds what no package brings, which takes some 20 minutes.',
        details: { missing: missing.map(wantedVersion).join(', ') },
      },
    );
}

/** Rejects with USAGE_INVALID for who is not root, and with LAB_FAILED for a root who may not do what it takes. */
export async function requireNamespaces(root = process.getuid?.() === 0): Promise<void> {
  if (!root)
    throw new DrillError(
      'USAGE_INVALID',
      'the Kubernetes lab needs root: it makes network and mount namespaces, cgroups and containers',
      { hint: 'Run it as root; the plain lab, `muster lab up`, does without.' },
    );
  const tried = await execa(await requireTool('unshare'), ['--net', '--mount', '--', 'true'], {
    reject: false,
  });
  if (tried.failed)
    throw new DrillError(
      'LAB_FAILED',
      'the Kubernetes lab cannot make namespaces here, although it is root',
      {
        hint: 'A container needs to be privileged for it.',
        details: { unshare: tried.stderr.trim() },
      },
    );
}
