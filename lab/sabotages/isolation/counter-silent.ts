import { execa } from 'execa';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Nobody counts what tries to leave the scratch',
  damages: 'The rules that count in its network, which are gone; the sets that they counted into are there.',
  drill: 'isolation',
  caughtBy: { check: 'isolation.counter-counts', code: 'COUNTER_SILENT' },
  mayFollow: ['isolation.*'],
  async site({ facts: { network } }) {
    if (network?.kind !== 'namespace') return;
    await execa('nsenter', [
      `--net=/proc/${network.pid}/ns/net`,
      'nft',
      'flush',
      'chain',
      'inet',
      'muster',
      'output',
    ]);
  },
});
