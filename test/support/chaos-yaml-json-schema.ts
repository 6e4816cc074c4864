import { zodToJsonSchema } from 'zod-to-json-schema';
import { chaosYamlSchema } from '../../src/chaos-yaml/chaos-yaml-schema.ts';

/** The shape of chaos.yaml for editors, made of what the bot itself checks; what is checked beyond the shape is not in it. */
export function toChaosYamlJsonSchema(): object {
  const schema = zodToJsonSchema(chaosYamlSchema, {
    effectStrategy: 'input',
    $refStrategy: 'none',
  });
  return { title: 'chaos.yaml of Chaos Marshal', ...schema };
}
