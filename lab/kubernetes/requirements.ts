import { DrillError } from '../../src/model/errors.ts';
import { findTool, KUBERNETES_TOOL_NAMES, wantedVersion } from '../../src/support/tools.ts';

/** Rejects with USAGE_INVALID who is not root, and with TOOL_MISSING where the lab's programs are not all there. */
export async function requireKubernetesMachine(root = process.getuid?.() === 0): Promise<void> {
  if (!root)
    throw new DrillError(
      'USAGE_INVALID',
      'the Kubernetes lab needs root: it makes network and mount namespaces, cgroups and containers',
      { hint: 'Run it as root; the plain lab, `muster lab up`, does without.' },
    );
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
