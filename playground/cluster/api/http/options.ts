/** What the query says about a write. */
import { StatusError } from '../status.ts';
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
  const sent = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const dryRun = [...query.getAll('dryRun'), ...(Array.isArray(sent['dryRun']) ? sent['dryRun'].map(String) : [])];
  const orphan = sent['orphanDependents'];
  const propagation = sent['propagationPolicy'] ?? query.get('propagationPolicy') ?? (orphan === true ? 'Orphan' : orphan === false ? 'Background' : undefined);
  if (propagation !== undefined && propagation !== 'Background' && propagation !== 'Foreground' && propagation !== 'Orphan') {
    throw unsupported('DeleteOptions', 'propagationPolicy', String(propagation), ['"Background"', '"Foreground"', '"Orphan"', '"null"']);
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
