import { execa } from 'execa';
import { enter } from '../../../src/support/scratch-network/enter.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Nobody counts what tries to leave the scratch',
  damages: 'The rules that count in its network, which are gone; the sets that they counted into are there.',
  drill: 'isolation',
  caughtBy: { check: 'isolation.counter-counts', code: 'COUNTER_SILENT' },
  mayFollow: ['isolation.*'],
  async site({ facts: { network } }) {
    if (network?.kind !== 'namespace') throw new TypeError('only in a namespace there is a counter');
    const nft = await requireTool('nft');
    const flush = { command: nft, args: ['flush', 'chain', 'inet', 'muster', 'output'] };
    const { command, args } = await enter(network, flush);
    await execa(command, args);
  },
});
