import path from 'node:path';

/** The only place that knows a path inside `results/`. */
export function runLayout(runDir: string) {
  const at = (...parts: string[]) => path.join(runDir, ...parts);
  return {
    runDir,
    run: at('run.json'),
    journal: at('journal.jsonl'),
    facts: at('facts.json'),
    steps: at('steps'),
    step: (number: number, id: string) => at('steps', `${String(number).padStart(2, '0')}-${id}`),
    playwright: at('playwright'),
    k6: at('k6'),
    allureResults: at('allure-results'),
    allureReport: at('allure-report'),
    /** The single-file report that people open. */
    report: at('allure-report', 'index.html'),
    /** One page for people in a hurry. */
    overview: at('overview.html'),
    summary: at('summary.json'),
    junit: at('junit.xml'),
    manifest: at('manifest.json'),
  };
}

/** `2026-11-22T0412Z-quarterly-7f3a`: sorts by time, and tells two runs of one minute apart. */
export function newRunId(drill: string, now: Date, suffix: string): string {
  return `${now.toISOString().slice(0, 16).replace(':', '')}Z-${drill}-${suffix}`;
}
