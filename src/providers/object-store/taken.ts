import { DrillError } from '../../model/errors.ts';

/** Evidence is written once: whoever finds the key in use leaves it as it is. */
export function taken(key: string, location: string): DrillError {
  return new DrillError(
    'REPORT_FAILED',
    `"${key}" exists already in ${location}, and evidence is never overwritten`,
    {
      hint: 'Publish to another prefix, or leave what is there: it belongs to the run that wrote it.',
      details: { location, key },
    },
  );
}
