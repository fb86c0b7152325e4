import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The copy reports home what it is used for',
  damages: 'Telemetry, which quarantine switches off.',
  drill: 'isolation',
  caughtBy: { check: 'air-gap.calls-home', code: 'AIR_GAP_OPEN' },
  quarantined: async ({ environment }) => environment({ MM_LOGSETTINGS_ENABLEDIAGNOSTICS: 'true' }),
});
