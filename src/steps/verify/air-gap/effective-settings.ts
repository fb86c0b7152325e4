/** What the running server goes by, setting by setting. */
export interface EffectiveSettings {
  /** As text; undefined when nobody has set it. `where` says which of the two has. */
  find(
    setting: string,
  ): { readonly value: string; readonly where: 'environment' | 'configuration' } | undefined;
  /** Plugins that are switched on in the configuration, by id. */
  readonly plugins: readonly string[];
}

/**
 * The environment of the server's process over its configuration, as Mattermost lays them over each other: a variable
 * `MM_SECTION_KEY` wins.
 */
export function readEffectiveSettings(
  environment: Readonly<Record<string, string>>,
  configuration: Readonly<Record<string, unknown>>,
): EffectiveSettings {
  return {
    find(setting) {
      const [section = '', key = ''] = setting.split('.');
      const set = environment[`MM_${section}_${key}`.toUpperCase()];
      if (set !== undefined) return { value: set, where: 'environment' };
      const stored = sectionOf(configuration, section)[key];
      return stored === undefined || stored === null
        ? undefined
        : { value: asText(stored), where: 'configuration' };
    },
    plugins: Object.entries(sectionOf(sectionOf(configuration, 'PluginSettings'), 'PluginStates')).flatMap(
      ([id, state]) => (sectionOf({ state }, 'state')['Enable'] === true ? [id] : []),
    ),
  };
}

function sectionOf(value: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const section = value[key];
  return typeof section === 'object' && section !== null ? (section as Record<string, unknown>) : {};
}

/** A list is empty or its elements; an empty document says nothing. */
function asText(value: unknown): string {
  if (Array.isArray(value)) return value.join(' ');
  if (typeof value === 'object') {
    const json = JSON.stringify(value);
    return json === '{}' ? '' : json;
  }
  return String(value);
}
