/** Small checks of JSON that say, like Slack, what is wrong and where. */
import { isRecord } from '../http.ts';

export interface Problem {
  /** In Slack's words, without the pointer. */
  message: string;
  /** JSON pointer, e.g. /blocks/0/text/text */
  pointer: string;
}

export type Check = (value: unknown, pointer: string, problems: Problem[]) => void;

/** `[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]` */
export function describeProblem(problem: Problem): string {
  return `[ERROR] ${problem.message} [json-pointer:${problem.pointer}]`;
}

export function object(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return (value, pointer, problems) => {
    if (!isRecord(value)) return void problems.push({ message: 'must be an object', pointer });
    for (const key of Object.keys(value)) {
      if (!(key in required) && !(key in optional)) problems.push({ message: `invalid additional property: ${key}`, pointer });
    }
    for (const [key, check] of Object.entries(required)) {
      if (value[key] === undefined) problems.push({ message: `missing required field: ${key}`, pointer });
      else check(value[key], `${pointer}/${key}`, problems);
    }
    for (const [key, check] of Object.entries(optional)) {
      if (value[key] !== undefined) check(value[key], `${pointer}/${key}`, problems);
    }
  };
}

export function array(item: Check, limits: { minimum?: number; maximum?: number } = {}): Check {
  return (value, pointer, problems) => {
    if (!Array.isArray(value)) return void problems.push({ message: 'must be an array', pointer });
    const { minimum = 1, maximum } = limits;
    if (value.length < minimum) problems.push({ message: `no fewer than ${minimum} items allowed`, pointer });
    if (maximum !== undefined && value.length > maximum) problems.push({ message: `no more than ${maximum} items allowed`, pointer });
    value.forEach((entry, index) => item(entry, `${pointer}/${index}`, problems));
  };
}

export function string(limits: { minimum?: number; maximum?: number; pattern?: RegExp } = {}): Check {
  return (value, pointer, problems) => {
    if (typeof value !== 'string') return void problems.push({ message: 'must be a string', pointer });
    const { minimum = 0, maximum, pattern } = limits;
    if (value.length < minimum) problems.push({ message: `must be more than ${minimum - 1} characters`, pointer });
    if (maximum !== undefined && value.length > maximum) problems.push({ message: `must be less than ${maximum + 1} characters`, pointer });
    if (pattern !== undefined && !pattern.test(value)) problems.push({ message: 'has an invalid format', pointer });
  };
}

export const boolean: Check = (value, pointer, problems) => {
  if (typeof value !== 'boolean') problems.push({ message: 'must be a boolean', pointer });
};

export function integer(minimum: number, maximum: number): Check {
  return (value, pointer, problems) => {
    if (!Number.isInteger(value)) return void problems.push({ message: 'must be an integer', pointer });
    if (Number(value) < minimum || Number(value) > maximum) problems.push({ message: `must be between ${minimum} and ${maximum}`, pointer });
  };
}

export const number: Check = (value, pointer, problems) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) problems.push({ message: 'must be a number', pointer });
};

export function literal(...allowed: string[]): Check {
  return (value, pointer, problems) => {
    if (typeof value !== 'string' || !allowed.includes(value)) problems.push({ message: `must be one of: ${allowed.join(', ')}`, pointer });
  };
}

/** Chooses by the object's `type`; `what` names the thing in the message. */
export function byType(checks: Readonly<Record<string, Check>>): Check {
  return (value, pointer, problems) => {
    if (!isRecord(value)) return void problems.push({ message: 'must be an object', pointer });
    const type = value['type'];
    const check = typeof type === 'string' && Object.hasOwn(checks, type) ? checks[type] : undefined;
    if (check === undefined) problems.push({ message: type === undefined ? 'missing required field: type' : `unsupported type: ${String(type)}`, pointer: `${pointer}/type` });
    else check(value, pointer, problems);
  };
}

/** All of them, one after the other. */
export function all(...checks: Check[]): Check {
  return (value, pointer, problems) => {
    for (const check of checks) check(value, pointer, problems);
  };
}

/** The object has exactly one of these fields. */
export function exactlyOne(...keys: string[]): Check {
  return (value, pointer, problems) => {
    if (isRecord(value) && keys.filter((key) => value[key] !== undefined).length !== 1) {
      problems.push({ message: `exactly one of ${keys.join(', ')} is required`, pointer });
    }
  };
}
