/** What the query says about a write. */
import { StatusError, badRequest } from '../status.ts';
import type { DeleteRequest, WriteOptions } from '../verbs.ts';
import type { Exchange } from './exchange.ts';

export function writeOptionsOf({ query }: Pick<Exchange, 'query'>, kind: string, subresource?: string): WriteOptions {
  const fieldManager = query.get('fieldManager');
  const fieldValidation = query.get('fieldValidation');
  if (fieldValidation !== null && fieldValidation !== '' && fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw unsupported(kind, 'fieldValidation', fieldValidation, ['""', '"Ignore"', '"Strict"', '"Warn"']);
  }
  return {
    dryRun: dryRunOf(query.getAll('dryRun'), kind),
    ...(fieldManager === null || fieldManager === '' ? {} : { fieldManager }),
    ...(fieldValidation === null || fieldValidation === '' ? {} : { fieldValidation }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

export function deleteRequestOf(query: URLSearchParams, body: unknown): DeleteRequest {
  const sent = checkedOptions(body);
  const dryRun = [...query.getAll('dryRun'), ...(Array.isArray(sent['dryRun']) ? sent['dryRun'].map(String) : [])];
  const orphan = sent['orphanDependents'];
  const propagation = sent['propagationPolicy'] ?? query.get('propagationPolicy') ?? (orphan === true ? 'Orphan' : orphan === false ? 'Background' : undefined);
  if (propagation !== undefined && propagation !== 'Background' && propagation !== 'Foreground' && propagation !== 'Orphan') {
    throw unsupported('DeleteOptions', 'propagationPolicy', String(propagation), ['"Background"', '"Foreground"', '"Orphan"', '"null"']);
  }
  if (orphan !== undefined && orphan !== null && sent['propagationPolicy'] !== undefined && sent['propagationPolicy'] !== null) {
    const detail = `Invalid value: ${JSON.stringify(sent['propagationPolicy'])}: orphanDependents and deletionPropagation cannot be both set`;
    throw new StatusError({
      code: 422, reason: 'Invalid', message: `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: ${detail}`,
      details: { group: 'meta.k8s.io', kind: 'DeleteOptions', causes: [{ reason: 'FieldValueInvalid', message: detail, field: 'propagationPolicy' }] },
    });
  }
  const grace = sent['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined;
  const preconditions = sent['preconditions'] as DeleteRequest['preconditions'] | null | undefined;
  return {
    dryRun: dryRunOf(dryRun, 'DeleteOptions'),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(grace === undefined || grace === null || grace === '' ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(preconditions === undefined || preconditions === null ? {} : { preconditions }),
  };
}

const optionTypes: Readonly<Record<string, { goType: string; fits(value: unknown): boolean }>> = {
  gracePeriodSeconds: { goType: 'int64', fits: Number.isInteger },
  orphanDependents: { goType: 'bool', fits: (value) => typeof value === 'boolean' },
  propagationPolicy: { goType: 'v1.DeletionPropagation', fits: (value) => typeof value === 'string' },
  dryRun: { goType: '[]string', fits: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string') },
  preconditions: { goType: 'v1.Preconditions', fits: (value) => typeof value === 'object' && !Array.isArray(value) },
};

/** What can't be understood must not be deleted by. */
function checkedOptions(body: unknown): Record<string, unknown> {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) throw badRequest(`couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonName(body)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`);
  const sent = body as Record<string, unknown>;
  for (const [field, { goType, fits }] of Object.entries(optionTypes)) {
    const value = sent[field];
    if (value === undefined || value === null || fits(value)) continue;
    throw badRequest(`DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal ${jsonName(value)} into Go struct field DeleteOptions.${field} of type ${goType}`);
  }
  return sent;
}

function jsonName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function dryRunOf(values: readonly string[], kind: string): boolean {
  const given = values.filter((value) => value !== '');
  const strange = given.find((value) => value !== 'All');
  if (strange !== undefined) throw unsupported(kind, 'dryRun', strange, ['"All"'], true);
  return given.length > 0;
}

function unsupported(kind: string, field: string, value: string, supported: readonly string[], list = false): StatusError {
  const detail = `Unsupported value: ${list ? `["${value}"]` : `"${value}"`}: supported values: ${supported.join(', ')}`;
  return new StatusError({
    code: 422, reason: 'Invalid', message: `${kind}.meta.k8s.io "" is invalid: ${field}: ${detail}`,
    details: { group: 'meta.k8s.io', kind, causes: [{ reason: 'FieldValueNotSupported', message: detail, field }] },
  });
}
