import { z } from 'zod';

/** Words that name a secret when they are a parameter, or the last word of one: `code`, `api-key`, `x-functions-key`, `accessToken`. */
const secretWords =
  /(^|[-_.])(code|key|sig|sign|signature|token|secret|password|passwd|passphrase|pwd|pass|auth|authorization|credentials?|sas|jwt|bearer|session|sessionid|cookie)$/;
/** The same words run together with others: `apikey`, `accesskey`, `clientsecret`. */
const secretEndings =
  /(api|access|account|subscription|shared|master|function|host|client|private|secret|auth|id|refresh|session|user)(key|token|secret|password|code)$/;
const jsonWebToken = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/** Refuses an address that carries a secret: proposals, the journal and exports show addresses. `instead` says where the secret belongs. */
export function refuseSecrets(instead: string) {
  return (url: string, context: z.RefinementCtx): void => {
    const found = findUrlSecret(url);
    if (!found) return;
    const message = `carries a secret (${found}), and proposals, the journal and exports show addresses: ${instead}`;
    context.addIssue({ code: z.ZodIssueCode.custom, message });
  };
}

/** Where a secret stands in an address, without the secret itself; undefined when there is none. */
export function findUrlSecret(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'user and password before the host';
  const parts = [url.search.slice(1), url.hash.slice(1)].flatMap((part) => part.split(/[&;?]/));
  const name = parts.map(readPart).find(isSecret)?.name;
  return name === undefined ? undefined : `the parameter "${name}"`;
}

type Parameter = { readonly name: string; readonly value: string };

function readPart(part: string): Parameter {
  const [name = '', ...rest] = part.split('=');
  return { name: decode(name), value: decode(rest.join('=')) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function isSecret({ name, value }: Parameter): boolean {
  return namesSecret(name) || jsonWebToken.test(value) || /^bearer /i.test(value);
}

/** Whether a parameter or a header of this name holds a secret. */
export function namesSecret(name: string): boolean {
  // accessToken is access-token.
  const words = name
    .trim()
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
  return secretWords.test(words) || secretEndings.test(words.replaceAll(/[-_.]/g, ''));
}
