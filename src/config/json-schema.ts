import { z } from 'zod';
import { configSchema } from '../model/config.ts';

/** The JSON Schema of the config as operators write it, for editors: muster.schema.json. */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ title: 'Muster config', ...schema }, undefined, 2)}\n`;
}
