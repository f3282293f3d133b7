/** Switches that people turn on purpose: maintenance, read-only, paused. Nobody but people turns them back. */
import type { Action } from '../../changes/action.ts';
import type { FieldChange } from '../cluster-readings.ts';
import type { Readings } from '../readings.ts';
import { errorTexts } from '../service/errors.ts';
import { isServiceUnwell } from '../service/health.ts';
import { namespaceOf } from './action-place.ts';
import { differences } from './differences.ts';
import { writerHolds } from './drift-gate.ts';
import { innerChanges } from './inner-changes.ts';
import { parsed } from './pointers.ts';

/** About the switch that a change would turn off; undefined where it turns none off. `forgotten`: what suffers says so itself, and it was turned by hand just now. */
export function switchedOn(action: Action, readings: Readings): { words: string; forgotten: boolean } | undefined {
  const turns = turnsOf(action, readings);
  const found = turns.find(isTurnedOff);
  if (found === undefined) return undefined;
  const when = found.at === undefined || found.at === '' ? '' : `, written ${found.at}${found.by === undefined || found.by === '' ? '' : ` by ${found.by}`}`;
  const forgotten = action.kind === 'kubectl.configmap_key' && turns.filter((one) => one.now !== one.goal && !isFile(one)).length === 1 && isSaid(found, readings) && isYoung(found, action, readings);
  return { words: `${found.name} is a switch that people turn on purpose${when}: ask ${found.by === undefined ? 'them' : 'who did'} whether it is still wanted.`, forgotten };
}

const youngSeconds = 3600;

function isYoung({ at, by = '' }: Turn, action: Action, readings: Readings): boolean {
  const space = namespaceOf(action, readings);
  return space !== undefined && !writerHolds({ fields: [{ manager: by }] }) && (Date.parse(space.at) - Date.parse(at ?? '')) / 1000 < youngSeconds;
}

/** By a service whose checks fail. */
function isSaid({ name }: Turn, { services }: Readings): boolean {
  const word = switchWord.exec(spaced(name))?.[0];
  return word !== undefined && services.filter(isServiceUnwell).some((one) => errorTexts(one).some((text) => spaced(text).includes(word)));
}

const isFile = ({ now = '', goal = '' }: Turn): boolean => /[{\n]/.test(now + goal);

interface Turn {
  name: string;
  now: string | undefined;
  goal: string | undefined;
  at?: string;
  by?: string;
}

function isTurnedOff({ name, now, goal }: Turn): boolean {
  return isSwitchName(name) && on.test(plain(now)) && (goal === undefined || !on.test(plain(goal)));
}

const on = /^(?:on|true|yes|1|enabled|read-?only|maintenance)$/i;
const plain = (value: string | undefined): string => (value ?? '').trim().replace(/^"|"$/g, '');

/** `MAINTENANCE_MODE`, `readOnly`, `checkout.disabled` */
function isSwitchName(name: string): boolean {
  return switchWord.test(spaced(name));
}

const switchWord = /\b(?:maintenance|read ?only|disabled?|kill ?switch|paused?|suspend(?:ed)?|frozen|freeze|lockdown)\b/;
const spaced = (text: string): string => text.slice(0, 2_000).replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/).join(' ');

function turnsOf(action: Action, readings: Readings): Turn[] {
  if (action.kind === 'http.operation') return ofSupervisor(action.parameters, readings);
  const space = namespaceOf(action, readings);
  if (space === undefined) return [];
  if (action.kind === 'kubectl.configmap_key' || (action.kind === 'kubectl.patch' && action.resource === 'configmap')) {
    const map = space.configMaps.value.find(({ name }) => name === action.name);
    const wanted = action.kind === 'kubectl.configmap_key' ? { [action.key]: action.value } : dataOf(action.patch);
    return Object.entries(wanted).flatMap(([key, value]) => {
      const now = map !== undefined && Object.hasOwn(map.data, key) ? map.data[key] : undefined;
      const goal = value ?? undefined;
      const write = writerOf(map?.changes ?? [], key);
      return [{ name: key, now, goal, ...write }, ...innerChanges(now, goal).map(({ path, before, after }) => ({ name: path, now: before, goal: after, ...write }))];
    });
  }
  if (action.kind !== 'kubectl.set_env' && action.kind !== 'kubectl.rollout_undo') return [];
  const workload = space.workloads.value.find(({ kind, name }) => kind === action.workload && name === action.name);
  if (workload === undefined) return [];
  if (action.kind === 'kubectl.set_env') {
    const now = workload.template.containers.find(({ name }) => name === action.container)?.environment.find(({ name }) => name === action.variable)?.value;
    return [{ name: action.variable, now, goal: action.value ?? undefined, ...writerOf(workload.changes, action.variable) }];
  }
  const newest = workload.revisions.at(-1);
  const back = workload.revisions.find(({ revision }) => revision === action.to_revision);
  if (newest === undefined || back === undefined) return [];
  return differences(back.template, newest.template).flatMap(({ field, name, before, after }) => (field !== 'variable' || name === undefined ? [] : [{ name, now: after, goal: before, ...(newest.createdAt === undefined ? {} : { at: newest.createdAt }) }]));
}

function dataOf(patch: string): Record<string, string | null> {
  const value = parsed(patch);
  const data = typeof value === 'object' && value !== null && 'data' in value && typeof value.data === 'object' && value.data !== null ? value.data : {};
  return Object.fromEntries(Object.entries(data).filter((one): one is [string, string | null] => typeof one[1] === 'string' || one[1] === null));
}

function writerOf(changes: readonly FieldChange[], name: string): { at?: string; by?: string } {
  const write = changes.find(({ subresource, fields }) => subresource === undefined && fields.some((field) => field.includes(name)));
  return write === undefined ? {} : { at: write.at, by: write.manager };
}

function ofSupervisor(parameters: Readonly<Record<string, string>>, { services }: Readings): Turn[] {
  const { service, variable, value } = parameters;
  const newest = services.find(({ name }) => name === service)?.workload?.value.revisions.at(-1);
  return variable === undefined || newest === undefined || !Object.hasOwn(newest.environment, variable) ? [] : [{ name: variable, now: newest.environment[variable], goal: value, at: newest.at }];
}
