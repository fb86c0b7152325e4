import type { Verdict } from '../src/model/verdict.ts';
import { restsOnWaiver, verdictText, type Waived } from './claims.ts';
import { escapeXml } from './escape-xml.ts';

/**
 * A page of ours: one file, no script, no request to anywhere, readable on paper. The policy in its head makes the
 * browser hold us to that.
 */
export function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** A verdict as a coloured word. */
export function badge(verdict: string, text = verdict.toUpperCase()): string {
  return `<span class="badge ${verdict}">${escapeXml(text)}</span>`;
}

/** The verdict of a run. A pass that rests on a waiver looks like none that rests on checks alone. */
export function runBadge(verdict: Verdict, waived: Waived): string {
  return badge(restsOnWaiver(verdict, waived) ? 'partly' : verdict, verdictText(verdict, waived));
}

const STYLE = `
:root { --ink: #1b2430; --soft: #5b6776; --line: #dfe4ea; --back: #f3f5f8;
  --passed: #17803d; --missed: #c0271d; --unverified: #7a4fd0; --broken: #a15c00; --interrupted: #a15c00; --waived: #4a6b8a; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 980px; margin: 32px auto; padding: 36px 44px; background: #fff; border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 4px; font-size: 26px; line-height: 1.25; }
h2 { margin: 34px 0 10px; font-size: 17px; }
p { margin: 4px 0; }
.soft { color: var(--soft); }
.badge { display: inline-block; padding: 2px 10px; border-radius: 99px; color: #fff; font-size: 13px; font-weight: 600; letter-spacing: .03em; background: var(--soft); white-space: nowrap; }
table.claims td:first-child { width: 128px; } .claims .badge { font-size: 12px; }
.claims details { margin-top: 2px; } summary { cursor: pointer; color: var(--soft); font-size: 13px; }
.claims ul { margin: 4px 0; padding-left: 20px; font-size: 13px; }
.doubt { color: var(--broken); }
.partly { background: linear-gradient(100deg, var(--passed) 45%, var(--waived) 55%); }
.waived { background: repeating-linear-gradient(135deg, var(--waived) 0 8px, #5d7f9f 8px 16px); }
.passed, .proven { background: var(--passed); } .missed { background: var(--missed); } .unverified { background: var(--unverified); }
.broken, .interrupted { background: var(--broken); }
.verdict .badge { font-size: 20px; padding: 6px 20px; margin: 14px 0 6px; }
.rehearsal { margin: 18px 0; padding: 12px 16px; border: 2px solid var(--broken); border-radius: 8px; background: #fff8ec; font-weight: 600; }
.cards { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; margin-top: 16px; }
.card { border: 1px solid var(--line); border-left: 6px solid var(--soft); border-radius: 8px; padding: 14px 18px; }
.card.is-passed { border-left-color: var(--passed); } .card.is-missed { border-left-color: var(--missed); } .card.is-unverified { border-left-color: var(--unverified); }
.card .figure { font-size: 28px; font-weight: 650; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 7px 10px 7px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: 13px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.bar { display: flex; height: 12px; border-radius: 4px; overflow: hidden; background: var(--back); margin: 6px 0; }
.bar i { display: block; }
dl { display: grid; grid-template-columns: 170px 1fr; gap: 5px 16px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
a { color: #1b5fc1; } code { font-size: 13px; overflow-wrap: anywhere; }
@media print { body { background: #fff; } main { margin: 0; border: 0; max-width: none; padding: 0; } * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } tr, .card { break-inside: avoid; } }
@media (max-width: 640px) { main { padding: 20px; margin: 0; border-radius: 0; } .cards { grid-template-columns: 1fr; } dl { grid-template-columns: 1fr; } }
`;
