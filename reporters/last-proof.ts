import { scoreOf } from '../src/model/proof.ts';
import type { RunSummary } from './run-summary.ts';

export interface ProofLine {
  /** Whether somebody can rely on the checks of this run being able to fail. */
  readonly stands: boolean;
  readonly text: string;
}

/** When the checks of this run were last proven able to fail, in one line. */
export function lastProof({ started: { proof } }: Pick<RunSummary, 'started'>): ProofLine {
  if (!proof) return { stands: false, text: 'never proven able to fail: `muster prove` does it' };
  const { killed, total } = scoreOf(proof);
  const groups = proof.untried?.length ? ` (${proof.untried.join(', ')})` : '';
  const left = proof.catalogue > total ? `, ${proof.catalogue - total} not tried${groups}` : '';
  const score = `${killed} of ${total} sabotages caught`;
  const version = `${proof.muster}${proof.commit ? ` (${proof.commit})` : ''}`;
  const survivors = proof.survivors.length === 0 ? '' : `; nobody noticed ${proof.survivors.join(', ')}`;
  const text = `last proven able to fail: ${score} on ${proof.at.slice(0, 10)} with ${version}${left}${survivors}`;
  return proof.outdated
    ? { stands: false, text: `${text}; out of date: checks changed since` }
    : { stands: total > 0 && killed === proof.catalogue, text };
}
