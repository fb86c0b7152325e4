import type { Config } from '../src/model/config.ts';
import { restoreByHand } from './by-hand.ts';
import { restoreByMuster, type Site } from './by-muster.ts';
import type { Measured } from './measured.ts';
import { formatSpread, renderTable, spreadOf } from './statistics.ts';

const VARIANTS = ['by hand', 'service first', 'complete'] as const;
type Variant = (typeof VARIANTS)[number];

export type Rounds = readonly Readonly<Record<Variant, Measured>>[];

export interface CompareOptions {
  readonly site: Site;
  readonly rounds: number;
  readonly jobs: number;
  readonly say: (line: string) => void;
}

/** All variants in each round, one after the other, and the other way round in the next: noise meets all of them. */
export async function compareRestores({ site, rounds, jobs, say }: CompareOptions): Promise<Rounds> {
  const byMuster = (order: Config['restore']['order']) => {
    const { config } = site;
    return restoreByMuster({ ...site, config: { ...config, restore: { ...config.restore, jobs, order } } });
  };
  const measure: Readonly<Record<Variant, () => Promise<Measured>>> = {
    'by hand': () => restoreByHand(site.config, jobs),
    'service first': () => byMuster('service-first'),
    complete: () => byMuster('complete'),
  };
  const all: Record<Variant, Measured>[] = [];
  for (let round = 1; round <= rounds; round++) {
    const results: Partial<Record<Variant, Measured>> = {};
    for (const variant of round % 2 === 1 ? VARIANTS : VARIANTS.toReversed()) {
      const measured = await measure[variant]();
      results[variant] = measured;
      say(`round ${round}/${rounds}: ${variant}, ${measured.seconds.toFixed(1)} s`);
    }
    all.push(results as Record<Variant, Measured>);
  }
  return all;
}

/** Tables for people. Ratios are taken round by round: within a round the machine was the most alike. */
export function describeRestores(rounds: Rounds): string {
  const of = (variant: Variant) => rounds.map((round) => round[variant]);
  const ratios = (variant: Variant, value: (measured: Measured) => number) =>
    formatSpread(
      rounds.map((round) => value(round[variant]) / value(round['by hand'])),
      2,
    );
  const totals = renderTable(
    [
      'start of download → site healthy',
      'seconds',
      'of by hand',
      'without audit and quarantine',
      'processor seconds',
      'of by hand',
    ],
    VARIANTS.map((variant) => [
      variant,
      formatSpread(of(variant).map(({ seconds }) => seconds)),
      ratios(variant, ({ seconds }) => seconds),
      ratios(variant, withoutExtras),
      formatSpread(of(variant).map(({ processorSeconds }) => processorSeconds)),
      ratios(variant, ({ processorSeconds }) => processorSeconds),
    ]),
  );
  const parts = VARIANTS.map((variant) => {
    const names = Object.keys(of(variant)[0]?.parts ?? {});
    const shown = names.map(
      (name) => `${name} ${spreadOf(of(variant).map(({ parts }) => parts[name] ?? 0)).median.toFixed(1)}`,
    );
    return `${variant}: ${shown.join(', ')}`;
  });
  return `${totals}\n\nMedian seconds of the parts\n${parts.join('\n')}`;
}

/** The recipe by hand neither looks at what came back nor makes it harmless. */
function withoutExtras({ seconds, parts }: Measured): number {
  return seconds - (parts['audit-integrity'] ?? 0) - (parts['quarantine'] ?? 0);
}
