import { expect, it } from 'vitest';
import { requireKubernetesMachine } from '../../../lab/kubernetes/requirements.ts';
import { openDesk } from '../../cli/muster.ts';
import { writeTools } from '../../scripts/tiny-programs.ts';

it('is for root alone, and says what for', async () => {
  await expect(requireKubernetesMachine(false)).rejects.toMatchObject({
    code: 'USAGE_INVALID',
    message: 'the Kubernetes lab needs root: it makes network and mount namespaces, cgroups and containers',
    hint: 'Run it as root; the plain lab, `muster lab up`, does without.',
  });
});

it.runIf(process.getuid?.() === 0)(
  'names all its programs that are missing, and starts nothing',
  async () => {
    await using desk = await openDesk();
    await writeTools(desk.at('bin'), { without: ['unshare', 'velero'], kubernetes: true });
    const { exitCode, stdout, stderr } = await desk.muster('lab up --kubernetes', {
      PATH: `${desk.at('bin')}:/usr/bin`,
      MUSTER_TOOL_FOLDERS: '',
      XDG_CACHE_HOME: desk.at('cache'),
      MUSTER_LABS: desk.at('labs'),
    });
    expect(stderr).toMatch(/^1 of \d+ programs of the Kubernetes lab are not here \[TOOL_MISSING\]\n/);
    expect(stderr).toContain('missing: velero 1.18 or newer\n');
    expect(stderr).toContain('hint: Run `npm run setup:kubernetes` once');
    expect({ exitCode, stdout }).toEqual({ exitCode: 83, stdout: '' });
  },
);
