/** Version of proof.json. Readers refuse a higher one. Specified in docs/proof.md. */
export const PROOF_FORMAT = 1;

/** How many sabotages were noticed, for the right reason. */
export interface KillScore {
  readonly killed: number;
  readonly total: number;
}

/** proof.json: what `muster prove` found out about the checks. */
export interface Proof {
  readonly format: typeof PROOF_FORMAT;
  /** When it ended. ISO 8601, UTC. */
  readonly at: string;
  /** Version of Muster. */
  readonly muster: string;
  readonly commit: string | null;
  /** Score by group of the catalogue; one that was left out is not in it. */
  readonly groups: Readonly<Record<string, KillScore>>;
  /** How many sabotages the catalogue held, tried or not. */
  readonly catalogue: number;
  /** Groups of which not every sabotage was tried. A proof of an older Muster does not say. */
  readonly untried?: readonly string[];
  /** Ids of the sabotages that nobody noticed, or that were blamed on the wrong thing. */
  readonly survivors: readonly string[];
  /** SHA-256 over what checks and judges, in hex: another one means that the checks have changed since. */
  readonly checksDigest: string;
}

/** The last proof as a run finds it. */
export interface LastProof extends Proof {
  /** The checks of this run are not those that were proven. */
  readonly outdated: boolean;
}

/** The score over all groups. */
export function scoreOf({ groups }: Pick<Proof, 'groups'>): KillScore {
  const scores = Object.values(groups);
  const sum = (of: (score: KillScore) => number) => scores.reduce((total, score) => total + of(score), 0);
  return { killed: sum(({ killed }) => killed), total: sum(({ total }) => total) };
}
