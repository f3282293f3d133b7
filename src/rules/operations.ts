/** Chooses a configured operation by its effect, and only when its parameters allow what is wanted. */
import type { ActionOf } from '../changes/action.ts';
import type { OperationTarget } from '../config/targets.ts';
import type { ServiceReading } from './readings.ts';
import type { RuleTargets } from './rule.ts';

type HttpOperation = ActionOf<'http.operation'>;

/** How redaction and supervisors write a value they hide; such a value is never written back. */
const hidden = /\*{3}|\[redacted|<redacted|\u2026/i;

export function isHidden(value: string): boolean {
  return hidden.test(value);
}

/**
 * Undefined when no operation can, or may, set it; or when the value is not wholly known: hidden by the supervisor, or
 * left out of the evidence by redaction.
 */
export function setEnvironment(targets: RuleTargets, service: ServiceReading, variable: string, value: string | undefined): HttpOperation | undefined {
  if (value === undefined || shownValue(service, value) !== value) return undefined;
  return choose(targets, 'set-environment', { service: service.name, variable, value });
}

/** A value as it may be written in a finding: only if the evidence shows it too. */
export function shownValue(service: ServiceReading, value: string): string {
  const shown = !isHidden(value) && service.workload?.evidence.text.includes(value.replace(/\s+/g, ' ')) === true;
  return shown ? value : '(hidden)';
}

export function restart(targets: RuleTargets, service: string): HttpOperation | undefined {
  return choose(targets, 'restart', { service });
}

function choose(targets: RuleTargets, effect: OperationTarget['effect'], parameters: Record<string, string>): HttpOperation | undefined {
  const operation = targets.operations.find((one) => one.effect === effect && accepts(one, parameters));
  return operation === undefined ? undefined : { kind: 'http.operation', operation: operation.name, parameters };
}

function accepts(operation: OperationTarget, parameters: Record<string, string>): boolean {
  const declared = Object.keys(operation.parameters);
  if (declared.length !== Object.keys(parameters).length) return false;
  return declared.every((name) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    const rule = operation.parameters[name];
    return value !== undefined && (rule?.enum === undefined || rule.enum.includes(value)) && (rule?.pattern === undefined || matches(rule.pattern, value));
  });
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    return false;
  }
}
