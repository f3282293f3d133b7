/** Who calls whom: what sre-agent.yaml declares against what was seen, with the differences first. Pure. */
import { list } from '../../rules/words.ts';

/** Something that shows that one thing calls another. */
export interface Call {
  /** Name of a service; `deployment/name` for a workload that is none. */
  from: string;
  host: string;
  port?: number;
  how: 'configuration' | 'errors' | 'metrics';
  /** A variable's name, an error line, a metric's name. */
  detail: string;
}

export interface MapInput {
  services: readonly { name: string; url: string; dependsOn: readonly string[]; databases: readonly string[] }[];
  /** `places`: host and port of their URLs, as far as they are known here. */
  databases: readonly { name: string; places: readonly { host: string; port?: number }[] }[];
  calls: readonly Call[];
  /** Services whose configuration was read: what is not in it is not called by it. */
  read: ReadonlySet<string>;
  unread: readonly string[];
}

interface Edge {
  from: string;
  to: string;
  declared: boolean;
  calls: Call[];
}

const mostDetails = 4;
const longestDetail = 200;

export function mapText(input: MapInput): string {
  const edges = edgesOf(input);
  const froms = [...new Set([...input.services.map(({ name }) => name), ...edges.map(({ from }) => from)])];
  const undeclared = edges.filter(({ from, declared }) => !declared && input.services.some(({ name }) => name === from));
  const unseen = edges.filter((edge) => edge.declared && edge.calls.length === 0 && input.read.has(edge.from));
  const failing = edges.filter(({ calls }) => calls.some(({ how }) => how === 'errors'));
  const lines = froms.flatMap((from) => {
    const own = edges.filter((edge) => edge.from === from);
    const callers = edges.filter(({ to }) => to === from).map((edge) => edge.from);
    return [`${from}${callers.length === 0 ? '' : ` (called by ${list(callers)})`}`, ...(own.length === 0 ? ['  calls nothing that is known'] : own.map((edge) => `  -> ${edge.to}: ${described(edge, input)}`))];
  });
  return [
    ...undeclared.map(({ from, to }) => `difference: ${from} calls ${to}, which is not declared`),
    ...unseen.map(({ from, to }) => `difference: ${from} is declared to need ${to}, and nothing of that is seen`),
    ...failing.map(({ from, to }) => `errors of ${from} name ${to}`),
    ...(undeclared.length + unseen.length + failing.length === 0 ? ['no differences between what is declared and what is seen, and no errors that name another'] : []),
    ...lines,
    ...input.unread.map((what) => `not seen: ${what}`),
  ].join('\n');
}

function edgesOf({ services, databases, calls }: MapInput): Edge[] {
  const edges = new Map<string, Edge>();
  const edge = (from: string, to: string): Edge => {
    const key = `${from}\n${to}`;
    const found = edges.get(key) ?? { from, to, declared: false, calls: [] };
    edges.set(key, found);
    return found;
  };
  for (const { name, dependsOn, databases: own } of services) {
    for (const to of [...dependsOn, ...own.map((database) => `database ${database}`)]) edge(name, to).declared = true;
  }
  for (const call of calls) {
    const to = targetOf(call, services, databases);
    if (to !== undefined && to !== call.from) edge(call.from, to).calls.push(call);
  }
  return [...edges.values()];
}

/** The name of what is at that place; undefined for an address to listen on. */
function targetOf({ host, port }: Call, services: MapInput['services'], databases: MapInput['databases']): string | undefined {
  const wanted = plain(host);
  if (wanted === '0.0.0.0' || wanted === '::') return undefined;
  const same = (place: { host: string; port?: number }): boolean => plain(place.host) === wanted && (port === undefined || place.port === undefined || place.port === port);
  const service = services.find(({ url }) => same(placeOf(url)));
  if (service !== undefined) return service.name;
  const database = databases.find(({ places }) => places.some(same));
  if (database !== undefined) return `database ${database.name}`;
  const [first = '', ...rest] = wanted.split('.');
  const named = rest.length === 0 || rest[1] === 'svc' ? services.find(({ name }) => name === first) : undefined;
  return named?.name ?? `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
}

function placeOf(url: string): { host: string; port?: number } {
  if (!URL.canParse(url)) return { host: '' };
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

/** One name for the machine itself, and none with brackets or a last dot. */
function plain(host: string): string {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return name === 'localhost' || name === '::1' ? '127.0.0.1' : name;
}

function described({ from, declared, calls }: Edge, { read }: MapInput): string {
  const details = (how: Call['how']): string[] => [...new Set(calls.filter((call) => call.how === how).map(({ detail }) => detail.replaceAll(/\s+/g, ' ').trim().slice(0, longestDetail)))];
  const [variables, errors, metrics] = [details('configuration'), details('errors'), details('metrics')];
  const some = (all: readonly string[]): string => `${all.slice(0, mostDetails).join(', ')}${all.length > mostDetails ? `, and ${all.length - mostDetails} more` : ''}`;
  return [
    declared ? 'declared' : 'not declared',
    ...(variables.length === 0 ? [] : [`configured by ${some(variables)}`]),
    ...(metrics.length === 0 ? [] : [`called, by its metrics ${some(metrics)}`]),
    ...(errors.length === 0 ? [] : [`errors name it: ${errors.at(-1) ?? ''}${errors.length > 1 ? ` (and ${errors.length - 1} other lines)` : ''}`]),
    ...(calls.length === 0 ? [read.has(from) ? 'nothing of it is seen in its configuration, errors or metrics' : 'its configuration was not seen'] : []),
  ].join('; ');
}
