import type { Step } from '../../model/drill.ts';
import { seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { wantedVersion } from '../../support/tool-table.ts';
import { findTool, wantedTools, type ToolName } from '../../support/tools.ts';

/** What a whole drill starts. The lab needs more; `npm run setup` brings all. */
const FULL_DRILL: readonly ToolName[] = [
  'initdb',
  'postgres',
  'pg_restore',
  'psql',
  'chromium',
  'certutil',
  'k6',
  'nsupdate',
  'setpriv',
];

/** Every tool that the drill starts is there and new enough: better known before the clock matters. */
export function toolsAreReady(needed: readonly ToolName[] = FULL_DRILL): Step {
  return {
    id: 'tools-are-ready',
    title: 'Check that the tools are ready',
    gives: ['tools'],
    promises: ['tools.ready'],
    budget: seconds(60),
    plan: () => [`ask ${needed.join(', ')} for their versions`],
    async run(ctx) {
      const mine = needed.filter((name) => wantedTools().includes(name));
      const found = await Promise.all(mine.map(async (name) => ({ name, tool: await findTool(name) })));
      const missing = found
        .filter(({ tool }) => !tool)
        .map(({ name }) => `${name} ${wantedVersion(name)}`.trim());
      if (missing.length > 0) {
        throw new DrillError(
          'TOOL_MISSING',
          `${missing.length} of ${mine.length} tools that this drill starts cannot be had`,
          {
            details: { missing: missing.join(', ') },
            hint: 'Run `npm run setup`; `muster doctor` shows what was found where.',
          },
        );
      }
      ctx.set(
        'tools',
        Object.fromEntries(found.flatMap(({ name, tool }) => (tool ? [[name, tool.version]] : []))),
      );
      ctx.check({
        id: 'tools.ready',
        claim: 'Every tool that the drill starts is there and new enough',
        verdict: 'passed',
        expected: mine.join(', '),
        seen: found.map(({ name, tool }) => `${name} ${tool?.version ?? ''}`.trim()).join(', '),
      });
    },
  };
}
