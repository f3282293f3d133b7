/** Field errors in Kubernetes' words. */
import { compareQuantities } from '../../../objects/quantity.ts';
import type { FieldError } from '../../resource.ts';

export const required = (field: string, detail = ''): FieldError => ({ reason: 'FieldValueRequired', field, detail: detail === '' ? 'Required value' : `Required value: ${detail}` });

/** Text in quotes, numbers and the like as they are, objects as JSON. */
export const invalidValue = (field: string, value: unknown, why: string): FieldError => ({ reason: 'FieldValueInvalid', field, detail: `Invalid value: ${shown(value)}: ${why}` });

export const forbiddenField = (field: string, why: string): FieldError => ({ reason: 'FieldValueForbidden', field, detail: `Forbidden: ${why}` });

export const duplicate = (field: string, value: unknown): FieldError => ({ reason: 'FieldValueDuplicate', field, detail: `Duplicate value: ${shown(value)}` });

export const missing = (field: string, value: unknown): FieldError => ({ reason: 'FieldValueNotFound', field, detail: `Not found: ${shown(value)}` });

export const tooLong = (field: string, most: number): FieldError => ({ reason: 'FieldValueTooLong', field, detail: `Too long: may not be more than ${most} bytes` });

export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported', field,
  detail: `Unsupported value: ${shown(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
});

export const immutable = (field: string, value: unknown): FieldError => invalidValue(field, value, 'field is immutable');

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  return JSON.stringify(value);
}

export const nonNegative = (field: string, value: number | undefined): FieldError[] => (value !== undefined && value < 0 ? [invalidValue(field, value, 'must be greater than or equal to 0')] : []);

export const validPort = (field: string, port: number): FieldError[] => (port >= 1 && port <= 65_535 ? [] : [invalidValue(field, port, 'must be between 1 and 65535, inclusive')]);

export const notNegativeQuantity = (field: string, amount: string): FieldError[] => (compareQuantities(amount, '0') < 0 ? [invalidValue(field, amount, 'must be greater than or equal to 0')] : []);

/** One of a few words; absent is its own mistake. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (value === undefined || value === '') return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}
