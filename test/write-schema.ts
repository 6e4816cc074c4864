import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { toChaosYamlJsonSchema } from './support/chaos-yaml-json-schema.ts';

/** Writes chaos.schema.json anew: `npm run schema`. */
const text = await format(JSON.stringify(toChaosYamlJsonSchema()), {
  parser: 'json',
  printWidth: 100,
});
await writeFile(new URL('../chaos.schema.json', import.meta.url), text);
