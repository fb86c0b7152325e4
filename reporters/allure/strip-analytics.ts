import { DrillError } from '../../src/model/errors.ts';

const LOADER =
  /\s*<script async src="https:\/\/www\.googletagmanager\.com\/gtag\/js\?id=[^"]+"><\/script>\s*<script>[\s\S]*?gtag\('config'[\s\S]*?<\/script>/g;
/** Any of these left in the page means that Allure has changed the way it phones home. */
const TRACES = /googletagmanager|google-analytics|gtag\(/;

/** Takes the visitor counting out of a report page. Throws REPORT_FAILED when some of it is left. */
export function stripAnalytics(html: string): string {
  const stripped = html.replaceAll(LOADER, '');
  const left = TRACES.exec(stripped)?.[0];
  if (left !== undefined) {
    throw new DrillError(
      'REPORT_FAILED',
      `the report would still call out: "${left}" is left in it, and nothing may be`,
      { hint: 'Another version of Allure is installed than the pinned one; run `npm ci`.' },
    );
  }
  return stripped;
}
