/** Values that nobody may be shown: of Secrets, and beside a name that says password. */
import { isSecretName, isSecretVariable } from '../../../redaction/secret-names.ts';
import type { Json, JsonObject } from './json-patch.ts';
import { at, isObject, tokensOf } from './json-patch.ts';

export const hidden = '(hidden)';

/** The name whose value stands, in whole or in part, at `path`, when it is a secret's. `document` is one that holds the path. */
export function secretAt(document: JsonObject, path: string): string | undefined {
  const tokens = tokensOf(path);
  if (document['kind'] === 'Secret' && (tokens[0] === 'data' || tokens[0] === 'stringData')) return tokens[1] ?? tokens[0];
  for (let length = 1; length <= tokens.length; length += 1) {
    const here = at(document, `/${tokens.slice(0, length).map((token) => token.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`);
    const key = tokens[length - 1] ?? '';
    if (length === tokens.length && typeof here !== 'object' && isSecretName(key) && !isReference(tokens)) return key;
    const name = isObject(here) ? here['name'] : undefined;
    // An entry of env: its value is the secret, a reference to one is not.
    if (typeof name === 'string' && isObject(here) && typeof here['value'] === 'string' && isSecretVariable(name)) return name;
  }
  return secretInside(at(document, path));
}

/** A value that is added or taken away as a whole can hold one further in. */
function secretInside(value: Json | undefined): string | undefined {
  if (Array.isArray(value)) return first(value, secretInside);
  if (!isObject(value)) return undefined;
  const name = value['name'];
  if (typeof name === 'string' && typeof value['value'] === 'string' && value['value'] !== '' && isSecretVariable(name)) return name;
  return first(Object.entries(value), ([key, child]) => {
    if (typeof child === 'string' && child !== '' && isSecretName(key) && !/^(secretName|secret|token)$/.test(key)) return key;
    return key.endsWith('Ref') ? undefined : secretInside(child);
  });
}

const isReference = (tokens: readonly string[]): boolean => tokens.some((token) => /Ref$|^secretName$|^imagePullSecrets$|^tokenExpiration/.test(token)) || (tokens.includes('volumes') && tokens.includes('secret'));

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
