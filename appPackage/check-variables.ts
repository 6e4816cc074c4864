import { findAddressProblem } from '../src/chaos-yaml/address.ts';
import { guid } from '../src/chaos-yaml/units.ts';
import { readVariables } from '../src/environment.ts';
import type { Variables } from './fill-manifest.ts';

/** Returns what is wrong with variables that are set; those that are missing are named when the manifest is filled. */
export function findVariableProblems(variables: Variables): string[] {
  const { problems } = readVariables(['BOT_ID', 'PUBLIC_URL'], variables);
  const appId = variables['TEAMS_APP_ID'];
  const wrongId =
    appId && !guid().test(appId)
      ? ['TEAMS_APP_ID: is not a GUID; make one with `node -p "crypto.randomUUID()"`']
      : [];
  return [...problems, ...wrongId, ...['PRIVACY_URL', 'TERMS_URL'].flatMap(toProblem)];

  function toProblem(name: string): string[] {
    const value = variables[name];
    const shape = { protocols: ['https'], example: 'https://HOST/PATH' };
    const problem = value ? findAddressProblem(value, shape) : undefined;
    return problem === undefined ? [] : [`${name}: ${problem}`];
  }
}
