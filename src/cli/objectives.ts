import type { Config } from '../model/config.ts';
import type { Drill, Objectives } from '../model/drill.ts';

/** The drill's objectives, with what the site's config sets instead. */
export function effectiveObjectives({ objectives }: Drill, config: Config, tier?: string): Objectives {
  return {
    rpo: config.objectives.rpo ?? objectives.rpo,
    rto: config.objectives.rto ?? objectives.rto,
    tier: tier ?? config.objectives.tier ?? objectives.tier,
  };
}
