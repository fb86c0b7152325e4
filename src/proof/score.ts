import type { Proof } from '../model/proof.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { TriedSabotage } from './prove-catalogue.ts';

export type Score = Required<Pick<Proof, 'groups' | 'catalogue' | 'untried' | 'survivors'>>;

/** By group, in the order of the alphabet. */
export function scoreTried(tried: readonly TriedSabotage[], catalogue: readonly CatalogueEntry[]): Score {
  const groups = Map.groupBy(tried, ({ entry }) => entry.group);
  const killedOf = (members: readonly TriedSabotage[]) =>
    members.filter(({ judgement }) => judgement.killed).length;
  return {
    groups: Object.fromEntries(
      [...groups]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([group, members]) => [group, { killed: killedOf(members), total: members.length }]),
    ),
    catalogue: catalogue.length,
    untried: [...Map.groupBy(catalogue, ({ group }) => group)]
      .filter(([group, members]) => members.length > (groups.get(group)?.length ?? 0))
      .map(([group]) => group),
    survivors: tried
      .filter(({ judgement }) => !judgement.killed)
      .map(({ entry }) => entry.name)
      .toSorted(),
  };
}
