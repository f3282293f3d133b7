/** From what a client sent to a clean object of a known type. */
import { badRequest } from '../api/status.ts';
import type { StoredObject } from '../objects/object.ts';
import type { Shape } from '../resources/resource.ts';
import { clean } from './clean.ts';
import type { Cleaned } from './clean.ts';
import { cleanCustom } from './custom.ts';
import { objectType } from './types.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface About {
  /** `apps/v1`. */
  apiVersion: string;
  kind: string;
  validation: FieldValidation;
}

export interface Decoded {
  /** Everything a client may send: metadata may still lack name, uid and the like. */
  object: StoredObject;
  /** For Warning headers. */
  warnings: string[];
}

/** The body of a create or update. Throws StatusError 400. */
export function decodeObject(body: unknown, shape: Shape, about: About): Decoded {
  const record = checkedBody(body, about);
  const { object, unknown, problem } = cleanAs(record, shape);
  const cannot = `${about.kind} in version "${versionOf(about.apiVersion)}" cannot be handled as a ${about.kind}: `;
  if (problem !== undefined) throw badRequest(cannot + problem);
  const texts = unknownFieldTexts(unknown);
  if (texts.length > 0 && about.validation === 'Strict') throw badRequest(('openapi' in shape ? '' : cannot) + strictProblem(texts));
  return { object: named(object, about), warnings: about.validation === 'Warn' ? texts : [] };
}

export function cleanAs(body: Record<string, unknown>, shape: Shape): Cleaned {
  if ('openapi' in shape) return cleanCustom(body, shape.openapi);
  const type = objectType(shape.type);
  if (type === undefined) throw new Error(`No type ${shape.type}.`);
  return clean(body, type);
}

export const unknownFieldTexts = (unknown: readonly string[]): string[] => unknown.map((field) => `unknown field "${field}"`);
export const strictProblem = (texts: readonly string[]): string => `strict decoding error: ${texts.join(', ')}`;

export function named(object: Record<string, unknown>, { apiVersion, kind }: Pick<About, 'apiVersion' | 'kind'>): StoredObject {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  return { kind, apiVersion, metadata: metadata ?? {}, ...rest } as unknown as StoredObject;
}

function checkedBody(body: unknown, about: About): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest(`couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(body) ? 'array' : body === null ? 'null' : typeof body} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`);
  }
  const { apiVersion, kind } = body as Record<string, unknown>;
  const sentVersion = typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : about.apiVersion;
  const sentKind = typeof kind === 'string' && kind !== '' ? kind : about.kind;
  if (sentVersion !== about.apiVersion) throw badRequest(`the API version in the data (${sentVersion}) does not match the expected API version (${about.apiVersion})`);
  if (sentKind !== about.kind) {
    throw badRequest(objectType(sentKind) === undefined
      ? `no kind "${sentKind}" is registered for version "${sentVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`
      : `${sentKind} in version "${versionOf(sentVersion)}" cannot be handled as a ${about.kind}: converting (${versionOf(sentVersion)}.${sentKind}) to (${goGroup(about.apiVersion)}.${about.kind}): unknown conversion`);
  }
  return body as Record<string, unknown>;
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
}

function goGroup(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split(/[./]/)[0] ?? '') : 'core';
}
