/** Ports by number or name. */
import type { FieldError } from '../../resource.ts';
import { invalidValue, validPort } from './errors.ts';

export function validatePortReference(port: number | string, field: string): FieldError[] {
  if (typeof port === 'number') return validPort(field, port);
  return portNameProblems(port).map((problem) => invalidValue(field, port, problem));
}

export function portNameProblems(name: string): string[] {
  return [
    ...(name.length > 15 ? ['must be no more than 15 characters long'] : []),
    ...(/^[-a-z0-9]+$/.test(name) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(name) ? [] : ['must contain at least one letter (a-z)']),
    ...(name.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(name.startsWith('-') || name.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
  ];
}
