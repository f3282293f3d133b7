/** What an operation's read says: the value that the change changes, and the revision that binds a write to it. */
import type { OperationTarget } from '../../../config/targets.ts';
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { plain } from '../words.ts';
import { call } from './call.ts';
import { fillText, readCall } from './request.ts';

export interface State {
  /** Where in the document, parameters filled in. */
  pointer: string;
  /** null when there is nothing at the pointer. */
  value: string | null;
  /** As sent in If-Match: the read's ETag, or its `revision` member in quotes. */
  revision?: string;
}

/** Throws RefusedError when the state can't be read. */
export function readState(operation: OperationTarget, parameters: Record<string, string>, context: KindContext): Promise<State> {
  return readAt(operation.read, operation, parameters, context);
}

/** What must hold afterwards beside the state itself; undefined when the operation has no such check. Throws RefusedError when it can't be read. */
export async function readCheck(operation: OperationTarget, parameters: Record<string, string>, context: KindContext): Promise<{ ok: boolean; detail: string } | undefined> {
  if (!operation.check) return undefined;
  const { pointer, value } = await readAt(operation.check, operation, parameters, context);
  const wanted = fillText(operation.check.equals, parameters);
  return { ok: value === wanted, detail: `${pointer === '' ? 'the answer' : pointer} of the check is ${shown(value)}${value === wanted ? '' : `, not ${shown(wanted)}`}` };
}

async function readAt(where: { url: string; value: string }, operation: OperationTarget, parameters: Record<string, string>, { signal }: KindContext): Promise<State> {
  const request = readCall(where.url, parameters);
  const answer = await call(request, { token: operation.readToken, signal });
  if (answer.status !== 200) throw new RefusedError(`The state can't be read: GET ${request.url} answered ${answer.status} ${plain(answer.text, 200)}`);
  let document: unknown;
  try {
    document = JSON.parse(answer.text);
  } catch {
    throw new RefusedError(`The state can't be read: GET ${request.url} did not answer with JSON.`);
  }
  const pointer = where.value.replaceAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => escapeToken(parameters[name] ?? ''));
  const value = at(document, pointer);
  const revision = answer.etag ?? revisionOf(document);
  return { pointer, value: value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value), ...(revision !== undefined && { revision }) };
}

function revisionOf(document: unknown): string | undefined {
  const revision = at(document, '/revision');
  return typeof revision === 'number' || (typeof revision === 'string' && /^[\w.-]{1,100}$/.test(revision)) ? `"${revision}"` : undefined;
}

/** RFC 6901. Undefined when there is nothing. */
function at(document: unknown, pointer: string): unknown {
  if (pointer === '') return document;
  let here = document;
  for (const token of pointer.slice(1).split('/')) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    here = (here as Record<string, unknown>)[name];
  }
  return here;
}

const escapeToken = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');

export const shown = (value: string | null): string => (value === null ? 'absent' : JSON.stringify(plain(value)));
