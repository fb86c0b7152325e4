import type { KillScore } from '../model/proof.ts';
import type { TriedSabotage } from './prove-catalogue.ts';

export interface Score {
  readonly groups: Readonly<Record<string, KillScore>>;
  readonly survivors: readonly string[];
}

/** By group, in the order of the alphabet. */
export function scoreTried(tried: readonly TriedSabotage[]): Score {
  const groups = Map.groupBy(tried, ({ entry }) => entry.group);
  const killedOf = (members: readonly TriedSabotage[]) =>
    members.filter(({ judgement }) => judgement.killed).length;
  return {
    groups: Object.fromEntries(
      [...groups]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([group, members]) => [group, { killed: killedOf(members), total: members.length }]),
    ),
    survivors: tried
      .filter(({ judgement }) => !judgement.killed)
      .map(({ entry }) => entry.name)
      .toSorted(),
  };
}
