/** RFC 6902. Whatever goes wrong in an operation, Kubernetes says only that the request was at fault. */
import { StatusError, badRequest } from '../api/status.ts';
import { deepestNesting, isTooDeep } from '../objects/depth.ts';
import { isFields, sameValue, sortedFields } from './values.ts';
import type { Fields } from './values.ts';

const mostOperations = 10_000;
/** Characters that all `copy` operations of a patch may add: a few dozen could double an object for ever. */
const mostCopied = 3 * 1024 * 1024;

/** Throws StatusError 400 for what is no patch, 422 for one that doesn't fit. */
export function applyJsonPatch(current: Fields, body: unknown): unknown {
  if (!Array.isArray(body)) throw badRequest(`json: cannot unmarshal ${isFields(body) ? 'object' : typeof body} into Go value of type jsonpatch.Patch`);
  if (body.length > mostOperations) throw new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: `Request entity too large: limit is ${mostOperations}: The allowed maximum operations in a JSON patch is ${mostOperations}, got ${body.length}` });
  let copied = 0;
  const copying = (value: unknown): void => {
    copied += JSON.stringify(value).length;
    if (copied > mostCopied) throw unfit();
  };
  const result = body.reduce<unknown>((document, operation) => applyOperation(document, operation, copying), current);
  if (isTooDeep(result)) throw unfit();
  return result;
}

function applyOperation(document: unknown, operation: unknown, copying: (value: unknown) => void): unknown {
  if (!isFields(operation)) throw badRequest('json: cannot unmarshal into Go value of type jsonpatch.Operation');
  const { op, path, from, value } = operation;
  if (typeof path !== 'string') throw unfit();
  const steps = pointer(path);
  switch (op) {
    case 'add': return changed(document, steps, (parent, key) => add(parent, key, valueOf(operation)));
    case 'replace': return changed(document, steps, (parent, key) => replace(parent, key, valueOf(operation)));
    case 'remove': return changed(document, steps, remove);
    case 'test':
      if (!sameValue(found(document, steps) ?? null, value ?? null)) throw unfit();
      return document;
    case 'move': {
      const source = sourceOf(from);
      const moved = existing(document, source);
      return changed(changed(document, source, remove), steps, (parent, key) => add(parent, key, moved));
    }
    case 'copy': {
      const copied = existing(document, sourceOf(from));
      copying(copied);
      return changed(document, steps, (parent, key) => add(parent, key, structuredClone(copied)));
    }
    default: throw unfit();
  }
}

/** Only what lies on the way is copied. */
function changed(node: unknown, steps: readonly string[], change: (parent: Fields | unknown[], key: string) => Fields | unknown[] | { whole: unknown }): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) {
    const outcome = change({ '': node }, '') as Fields;
    return outcome[''];
  }
  if (!isFields(node) && !Array.isArray(node)) throw unfit();
  if (rest.length === 0) {
    const result = change(node, step);
    return isFields(result) ? sortedFields(result) : result;
  }
  if (Array.isArray(node)) {
    const index = position(step, node.length - 1);
    return node.map((item, at) => (at === index ? changed(item, rest, change) : item));
  }
  if (!Object.hasOwn(node, step)) throw unfit();
  return sortedFields({ ...node, [step]: changed(node[step], rest, change) });
}

function add(parent: Fields | unknown[], key: string, value: unknown): Fields | unknown[] {
  if (!Array.isArray(parent)) return { ...parent, [key]: value };
  const index = key === '-' ? parent.length : position(key, parent.length);
  return [...parent.slice(0, index), value, ...parent.slice(index)];
}

function replace(parent: Fields | unknown[], key: string, value: unknown): Fields | unknown[] {
  if (Array.isArray(parent)) {
    const index = position(key, parent.length - 1);
    return parent.map((item, at) => (at === index ? value : item));
  }
  if (!Object.hasOwn(parent, key)) throw unfit();
  return { ...parent, [key]: value };
}

function remove(parent: Fields | unknown[], key: string): Fields | unknown[] {
  if (Array.isArray(parent)) {
    const index = position(key, parent.length - 1);
    return parent.filter((_, at) => at !== index);
  }
  if (!Object.hasOwn(parent, key)) throw unfit();
  const { [key]: _, ...rest } = parent;
  return rest;
}

/** Negative indexes count from the end. */
function position(step: string, last: number): number {
  if (!/^-?\d+$/.test(step)) throw unfit();
  const index = Number(step) < 0 ? last + 1 + Number(step) : Number(step);
  if (index < 0 || index > last) throw unfit();
  return index;
}

/** Undefined for what isn't there; a way that ends early is an error. */
function found(document: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((node, step, index) => {
    if (Array.isArray(node)) return node[position(step, node.length - 1)];
    if (!isFields(node)) throw unfit();
    if (!Object.hasOwn(node, step)) {
      if (index < steps.length - 1) throw unfit();
      return undefined;
    }
    return node[step];
  }, document);
}

function existing(document: unknown, steps: readonly string[]): unknown {
  const value = found(document, steps);
  if (value === undefined) throw unfit();
  return value;
}

function sourceOf(from: unknown): string[] {
  if (typeof from !== 'string') throw unfit();
  return pointer(from);
}

function valueOf(operation: Fields): unknown {
  return operation['value'] ?? null;
}

function pointer(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw unfit();
  const steps = path.slice(1).split('/');
  if (steps.length > deepestNesting) throw unfit();
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function unfit(): StatusError {
  return new StatusError({ code: 422, reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {} });
}
