/**
 * What kubectl is started with, and what an engineer would type for it. Pure. Every value but kind and name sits in one
 * argument with its flag, and kind and name begin with a letter or a digit: no value can become a flag.
 */
import { quoteForPeople } from './quote.ts';

export interface Where {
  kubeconfig: string;
  context?: string | undefined;
  namespace?: string | undefined;
}

export interface ListOptions {
  kind: string;
  selector?: string | undefined;
  labels?: boolean | undefined;
}

export interface LogOptions {
  kind: string;
  name?: string | undefined;
  selector?: string | undefined;
  container?: string | undefined;
  tail: number;
  previous?: boolean | undefined;
  since?: string | undefined;
}

export type EventType = 'Normal' | 'Warning';

export function listArgv(where: Where, { kind, selector, labels }: ListOptions): string[] {
  return ['get', kind, ...flagsOf(where), ...flag('selector', selector), ...(labels === true ? ['--show-labels'] : []), '--output=wide'];
}

export function objectArgv(where: Where, { kind, name }: { kind: string; name: string }): string[] {
  return ['get', kind, name, ...flagsOf(where), '--output=json'];
}

export function describeArgv(where: Where, { kind, name, selector }: { kind: string; name?: string | undefined; selector?: string | undefined }): string[] {
  return ['describe', kind, ...positional(name), ...flagsOf(where), ...flag('selector', selector)];
}

export function eventsArgv(where: Where, { type }: { type?: EventType | undefined }): string[] {
  return ['get', 'events', ...flagsOf(where), ...flag('field-selector', type === undefined ? undefined : `type=${type}`), '--output=json'];
}

export function logsArgv(where: Where, options: LogOptions): string[] {
  const several = options.selector !== undefined;
  return [
    'logs', ...positional(options.name === undefined ? undefined : `${options.kind}/${options.name}`), ...flagsOf(where), '--pod-running-timeout=5s',
    ...flag('selector', options.selector), ...(several ? ['--prefix=true', '--max-log-requests=20'] : []),
    ...flag('container', options.container), `--tail=${options.tail}`, ...flag('since', options.since), ...(options.previous === true ? ['--previous=true'] : []), '--timestamps=true',
  ];
}

/** `kubectl -n shop get pods -o wide`: no kubeconfig path, no flags that are only ours. Safe to paste. */
export function shownCommand(where: { context?: string | undefined; namespace?: string | undefined }, rest: readonly string[], program = 'kubectl'): string {
  const context = where.context === undefined ? [] : [program === 'helm' ? '--kube-context' : '--context', where.context];
  const namespace = where.namespace === undefined ? [] : ['-n', where.namespace];
  return [program, ...context, ...namespace, ...rest].map(quoteForPeople).join(' ');
}

export function shownSelector(selector: string | undefined): string[] {
  return selector === undefined ? [] : ['-l', selector];
}

export function flagsOf({ kubeconfig, context, namespace }: Where): string[] {
  return [`--kubeconfig=${kubeconfig}`, ...flag('context', context), ...flag('namespace', namespace), '--request-timeout=10s'];
}

function flag(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

function positional(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}
