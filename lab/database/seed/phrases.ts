import type { Random } from './random.ts';

const PLACES =
  list(`the harbour site|the north relay|the river pumping station|the clinic annexe|the hill datacentre|the
  tram depot|the old exchange|the ferry terminal|the seed vault|the weather mast`);
const SYSTEMS =
  list(`mail gateway|badge readers|storage shelf two|the resolver pair|backup link|radio bridge|key server|
  ticket queue|door controllers|billing replica|edge proxy|certificate store`);
const STATES =
  list(`is back and stable|drops every third packet|answers, but slowly|went dark at the turn of the hour|is
  running on the spare|has a full disk|shows a certificate that ended last night|is green again|flaps since the
  restart|waits for a spare part|is isolated as agreed|was rebuilt from the image`);
const ACTIONS =
  list(`Going on site now|Holding until the next check|Rolling back the last change|Please do not touch it|
  Watching it for another hour|Handing over to the night shift|Closing this one|Escalating to the vendor|Opening a
  bridge in five minutes|Writing it up for the review|Asking for a second pair of eyes|Starting step four`);
const ANSWERS =
  list(`On it|Confirmed from here|Same picture on my side|Thank you, noted|Which shelf exactly?|I can take
  that after lunch|Done, please check|Not seen since the last restart|Agreed|Let us wait for the numbers|Photos are
  in the folder|Two minutes|That matches the log|Calling you now|I disagree, see the timeline`);
const TAGS = ['#flood', '#drill', '#handover', '#storage', '#radio', '#postmortem', '#keys'];

/** Words in other scripts, and what breaks careless software: bidi, combining marks, joined emoji, wide characters. */
const AROUND_THE_WORLD = [
  'الفريق في الطريق، الرجاء ترك القناة مفتوحة (ETA 14:30)',
  'המשמרת הבאה מתחילה בשש בבוקר',
  '第二倉庫の電源が復旧しました。引き続き監視します。',
  '北站链路已恢复，请确认日志。',
  '발전기 점검 완료, 다음 교대조에 인계합니다',
  'Смена принята, всё спокойно 🌙',
  'ทีมภาคสนามถึงจุดนัดพบแล้ว',
  'Übergabe fertig – Größe, Maß und Öl geprüft ✅',
  'Z͑a͒l͓g͔o is what the printer makes of our names, ticket open 🖨️',
  'Família 👩‍👩‍👧‍👦 evacuated, all four safe 🙏🏽',
  'Ελέγξαμε τις αντλίες, όλα καλά 🌊',
];

export interface Phrase {
  readonly text: string;
  /** As `posts.hashtags` keeps them, parted by blanks. */
  readonly hashtags: string;
  /** Usernames called in it. */
  readonly mentions: readonly string[];
}

export interface PhraseOptions {
  /** People who could be called by name. */
  readonly usernames: readonly string[];
  readonly reply: boolean;
  readonly linkUrl: string;
}

/** One message of our own invention. */
export function inventPhrase(random: Random, { usernames, reply, linkUrl }: PhraseOptions): Phrase {
  if (random.chance(0.04)) return { text: random.pick(AROUND_THE_WORLD), hashtags: '', mentions: [] };
  const parts = reply ? [sentence(random.pick(ANSWERS))] : [report(random), sentence(random.pick(ACTIONS))];
  const mentions: string[] = [];
  if (usernames.length > 0 && random.chance(0.12)) {
    const name = random.pick(usernames);
    mentions.push(name);
    parts.unshift(`@${name}`);
  }
  if (random.chance(0.06)) parts.push(`Runbook: ${linkUrl}/runbooks/${random.between(1, 40)}`);
  if (random.chance(0.03)) parts.push('\n\n- power\n- **network**\n- `storage --check`');
  const hashtags = random.chance(0.08) ? random.pick(TAGS) : '';
  if (hashtags !== '') parts.push(hashtags);
  return { text: parts.join(' '), hashtags, mentions };
}

/** An alert as the monitoring bot words it. */
export function inventAlert(random: Random): string {
  const level = random.pick([
    ':red_circle: ALERT',
    ':large_yellow_circle: WARNING',
    ':white_check_mark: RESOLVED',
  ]);
  return `${level} ${random.pick(SYSTEMS)} at ${random.pick(PLACES)}: ${random.between(1, 99)} % for ${random.between(2, 50)} min`;
}

/** A sentence for documents and drafts. */
export function report(random: Random): string {
  const system = random.pick(SYSTEMS);
  return sentence(
    `${system[0]?.toUpperCase()}${system.slice(1)} at ${random.pick(PLACES)} ${random.pick(STATES)}`,
  );
}

function sentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}

function list(text: string): string[] {
  return text.split('|').map((entry) => entry.replaceAll(/\s+/g, ' ').trim());
}
