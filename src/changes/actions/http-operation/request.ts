/** The request that an operation and its parameters make: built by code, from sre-agent.yaml, and nothing else. */
import type { ActionOf } from '../../action.ts';
import type { OperationTarget } from '../../../config/targets.ts';
import { RefusedError } from '../../errors.ts';

type Action = ActionOf<'http.operation'>;

export interface Call {
  method: string;
  url: string;
  /** JSON. */
  body?: string;
}

/** Throws RefusedError unless exactly the declared parameters are there, each within its enum or pattern. */
export function refuseParameters(action: Action, operation: OperationTarget): void {
  const declared = Object.keys(operation.parameters);
  const given = Object.keys(action.parameters);
  const unknown = given.find((name) => !declared.includes(name));
  if (unknown !== undefined) throw new RefusedError(`Operation ${operation.name} has no parameter ${JSON.stringify(unknown)}; it takes ${declared.join(', ') || 'none'}.`);
  for (const name of declared) {
    const value = Object.hasOwn(action.parameters, name) ? action.parameters[name] : undefined;
    if (value === undefined) throw new RefusedError(`Operation ${operation.name} needs the parameter ${name}.`);
    refuseText(name, value);
    const { enum: choices, pattern } = operation.parameters[name] ?? {};
    if (choices === undefined && pattern === undefined) throw new RefusedError(`Parameter ${name} of operation ${operation.name} has neither enum nor pattern in sre-agent.yaml; give it one.`);
    if (choices && !choices.includes(value)) throw new RefusedError(`${name} must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}.`);
    if (pattern !== undefined && !anchored(pattern, operation.name).test(value)) throw new RefusedError(`${name} must match ${pattern}; ${JSON.stringify(value)} does not.`);
  }
}

export function readCall(url: string, parameters: Record<string, string>): Call {
  return { method: 'GET', url: fillUrl(url, parameters) };
}

export function fillText(template: string, parameters: Record<string, string>): string {
  return fill(template, parameters, (value) => value);
}

export function changeCall(operation: OperationTarget, parameters: Record<string, string>): Call {
  const { method, url, body } = operation.change;
  const filled = body && Object.fromEntries(Object.entries(body).map(([name, template]) => [name, fillText(template, parameters)]));
  return { method, url: fillUrl(url, parameters), ...(filled && { body: JSON.stringify(filled) }) };
}

/** As an engineer would type it. The token is not part of it. */
export function render({ method, url, body }: Call, revision: string | undefined): string {
  return `${method} ${url}${body === undefined ? '' : ` ${body}`}${revision === undefined ? '' : `\nIf-Match: ${revision}`}`;
}

/** Control, bidi and zero-width characters are never part of a value. */
export function refuseText(name: string, value: string): void {
  if (value.length > 2000) throw new RefusedError(`${name} is over 2000 characters.`);
  if (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(value)) throw new RefusedError(`${name} holds an invisible character.`);
}

function anchored(pattern: string, operation: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    throw new RefusedError(`The pattern ${pattern} of operation ${operation} in sre-agent.yaml is not a regular expression.`);
  }
}

function fillUrl(template: string, parameters: Record<string, string>): string {
  const filled = fill(template, parameters, (value) => {
    if (/^\.{0,2}$/.test(value)) throw new RefusedError(`${JSON.stringify(value)} can't be a part of a URL.`);
    return encodeURIComponent(value);
  });
  const url = parse(filled, template);
  const expected = parse(template.replaceAll(placeholder, 'x'), template);
  if (url.origin !== expected.origin || url.username !== '' || url.password !== '') throw new RefusedError(`A parameter would change the host of ${template}.`);
  if (url.pathname.split('/').length !== expected.pathname.split('/').length) throw new RefusedError(`A parameter would change the path of ${template}.`);
  return url.toString();
}

function parse(text: string, template: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new RefusedError(`${template} in sre-agent.yaml is not an http or https URL.`);
  return url;
}

const placeholder = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

function fill(template: string, parameters: Record<string, string>, write: (value: string) => string): string {
  return template.replaceAll(placeholder, (_whole, name: string) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (value === undefined) throw new RefusedError(`{${name}} in ${template} is not a parameter of the operation.`);
    return write(value);
  });
}
