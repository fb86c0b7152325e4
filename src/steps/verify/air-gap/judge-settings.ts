import type { Check } from '../../../model/check.ts';
import { addressesIn } from '../../../support/addresses.ts';
import type { EffectiveSettings } from './effective-settings.ts';
import {
  AIR_GAP_GROUPS,
  AIR_GAP_SETTINGS,
  PLUGIN_NEEDS,
  UNGATED,
  type AirGapGroup,
  type AirGapSetting,
} from './settings.ts';

/** One line of the audit's table. */
export interface AirGapRow {
  readonly group: AirGapGroup;
  readonly setting: string;
  /** Of an address only the hosts: a data source holds a password. */
  readonly value: string;
  readonly where: 'environment' | 'configuration' | 'default' | 'network';
  readonly calls: string;
  readonly wanted: string;
  readonly verdict: 'closed' | 'open' | 'held by the network';
}

const CLAIMS: Readonly<Record<AirGapGroup, string>> = {
  'calls-home': 'The restored site does not call Mattermost, its maker',
  'mail-and-push': 'The restored site sends neither mail nor push notifications',
  content:
    'The restored site fetches nothing for the messages that people read: no link previews, no GIFs, no images',
  integrations: 'The restored site calls no webhook, no connected site, and no target of jobs',
  plugins: 'No plugin of the restored site calls anybody',
  services: 'The restored site dials no service but those that the scratch declares',
};

export interface AirGapScene {
  readonly settings: EffectiveSettings;
  /** Hosts that the scratch declares, in lower case. */
  readonly declared: ReadonlySet<string>;
  /** Whether the network holds what no setting does. */
  readonly isSealed: boolean;
}

export function tabulate(scene: AirGapScene): readonly AirGapRow[] {
  return [
    ...AIR_GAP_SETTINGS.map((setting) => judgeSetting(setting, scene)),
    ...pluginRows(scene),
    ...UNGATED.map(({ calls, where }): AirGapRow => ({
      group: 'content',
      setting: `no setting (${where})`,
      value: '',
      where: 'network',
      calls,
      wanted: 'a network without a way out',
      verdict: scene.isSealed ? 'held by the network' : 'open',
    })),
  ];
}

function judgeSetting(row: AirGapSetting, { settings, declared }: AirGapScene): AirGapRow {
  const { group, setting, byDefault, safe, calls } = row;
  const { value, where } = settings.find(setting) ?? { value: String(byDefault), where: 'default' as const };
  const common = { group, setting, where, calls };
  if (typeof safe !== 'object') {
    const verdict = value.toLowerCase() === String(safe) ? 'closed' : 'open';
    return { ...common, value, wanted: String(safe), verdict };
  }
  const hosts = addressesIn(value, `${setting} url`).filter((host) => !host.endsWith('.invalid'));
  const strangers = safe.leads === 'declared' ? hosts.filter((host) => !declared.has(host)) : hosts;
  return {
    ...common,
    value: hosts.join(' ') || (value === '' ? '' : 'nowhere'),
    wanted: safe.leads === 'declared' ? 'nowhere, or what the scratch declares' : 'nowhere',
    verdict: strangers.length === 0 || !isOn(row.while, settings) ? 'closed' : 'open',
  };
}

/** `Section.Key` is on when it is true, `Section.Key=value` when it is that. */
function isOn(condition: string | undefined, settings: EffectiveSettings): boolean {
  if (condition === undefined) return true;
  const [setting = '', wanted = 'true'] = condition.split('=');
  return settings.find(setting)?.value === wanted;
}

/** Each plugin that would run, and what it needs. One row when none would. */
function pluginRows({ settings }: AirGapScene): readonly AirGapRow[] {
  const { value, where } = settings.find('PluginSettings.Enable') ?? {
    value: 'true',
    where: 'default' as const,
  };
  const common = { group: 'plugins', value, where, wanted: 'false' } as const;
  const isOff = value === 'false';
  return [
    {
      ...common,
      setting: 'PluginSettings.Enable',
      calls: 'what plugins need',
      verdict: isOff || settings.plugins.length === 0 ? 'closed' : 'open',
    },
    ...settings.plugins.map((id): AirGapRow => {
      const calls = PLUGIN_NEEDS[id] ?? 'nobody knows what';
      return {
        ...common,
        setting: `plugin ${id}`,
        calls,
        verdict: isOff || calls === 'nothing' ? 'closed' : 'open',
      };
    }),
  ];
}

/** A check for each group, from its rows. */
export function judgeGroups(rows: readonly AirGapRow[]): readonly Check[] {
  return AIR_GAP_GROUPS.map((group): Check => {
    const own = rows.filter((row) => row.group === group);
    const open = own.filter(({ verdict }) => verdict === 'open');
    const held = own.filter(({ verdict }) => verdict === 'held by the network').length;
    const check = {
      id: `air-gap.${group}`,
      claim: CLAIMS[group],
      expected: `each of ${own.length} ways closed`,
    };
    if (open.length === 0) {
      const byNetwork = held > 0 ? `; ${held} of them by the network alone, for want of a setting` : '';
      return { ...check, verdict: 'passed', seen: `all closed${byNetwork}` };
    }
    return {
      ...check,
      verdict: 'missed',
      seen: open
        .map(({ setting, value, calls }) => `${setting}${value === '' ? '' : ` is ${value}`}: ${calls}`)
        .join('; '),
      code: 'AIR_GAP_OPEN',
      hint: 'An isolated site must not call there. Set it in production, too, if the site you recover to has no way out.',
    };
  });
}
