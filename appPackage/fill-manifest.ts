export type Manifest = {
  manifestVersion: string;
  version: string;
  bots: Bot[];
  composeExtensions: { commands: { triggers?: string[] }[] }[];
  [field: string]: unknown;
};
type Bot = { supportsTargetedMessages?: boolean; commandLists: { triggers?: string[] }[] };

export type Variables = Readonly<Record<string, string | undefined>>;

const placeholder = /\$\{\{(\w+)\}\}/g;
/** The last version that knows nothing of slash commands. */
const versionWithoutSlash = '1.28';

/** Names the variables that the template needs and that are missing, in one sentence. The domain is that of PUBLIC_URL. */
export function findMissing(template: string, variables: Variables): string[] {
  const names = new Set(Array.from(template.matchAll(placeholder), ([, name = '']) => name));
  const missing = [...names].filter((name) => name !== 'BOT_DOMAIN' && !variables[name]);
  return missing.length === 0 ? [] : [`Set ${missing.join(', ')}: in .env or in the environment.`];
}

/** The manifest of the template with its `${{NAME}}` filled in. Throws an Error that names every variable that is missing. */
export function fillManifest(
  template: string,
  variables: Variables,
  { slash }: { slash: boolean },
): Manifest {
  const missing = findMissing(template, variables);
  if (missing.length > 0) throw new Error(missing.join('\n'));
  const filled = template.replaceAll(placeholder, (_match, name: string) =>
    JSON.stringify(variables[name]).slice(1, -1),
  );
  const manifest = JSON.parse(filled) as Manifest;
  return slash ? manifest : withoutSlash(manifest);
}

/** For tenants whose Teams does not know slash commands of bots yet. */
function withoutSlash(manifest: Manifest): Manifest {
  const bots = manifest.bots.map(({ supportsTargetedMessages: _without, ...bot }) => ({
    ...bot,
    commandLists: bot.commandLists.map(({ triggers: _mention, ...list }) => list),
  }));
  const composeExtensions = manifest.composeExtensions.map((extension) => ({
    ...extension,
    commands: extension.commands.map(({ triggers: _slash, ...command }) => command),
  }));
  const schema = String(manifest['$schema']).replace(manifest.manifestVersion, versionWithoutSlash);
  return {
    ...manifest,
    $schema: schema,
    manifestVersion: versionWithoutSlash,
    bots,
    composeExtensions,
  };
}
