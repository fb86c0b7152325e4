import type { Config } from '../../src/model/config.ts';
import type { LabGround } from '../sabotages/sabotage.ts';
import { meddle } from './meddle.ts';

/** How often each event of a new message comes, by its number from 1 on: once is as it should be. */
export function repeatEvents(
  config: Config,
  on: LabGround,
  times: (number: number) => 0 | 1 | 2,
  isMeant: (frame: string) => boolean = (frame) => frame.includes('"event":"posted"'),
): Promise<Config> {
  let count = 0;
  return meddle(config, on, {
    event: (frame) => (isMeant(frame) ? Array<string>(times(++count)).fill(frame) : [frame]),
  });
}
