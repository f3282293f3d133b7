/** Default requests and limits of containers, and how much one container, pod or claim may ask for. */
import { parseQuantity } from '../objects/quantity.ts';
import type { ObjectOf } from '../objects/object.ts';
import type { Container, LimitRangeItem } from '../objects/types.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { podResources } from './pod-resources.ts';
import { joined, refused } from './refusal.ts';
import { created } from './subject.ts';

type Amounts = Record<string, string>;
interface Asked { requests: Amounts; limits: Amounts }

export const limitRanges = (store: Store): AdmissionPlugin => (request) => {
  const pod = created(request, 'pods');
  const claim = created(request, 'persistentvolumeclaims');
  if (pod === undefined && claim === undefined) return;
  const ranges = store.list('limitranges', request.namespace) as unknown as ObjectOf<'limitranges'>[];
  const items = ranges.flatMap(({ spec }) => spec?.limits ?? []);
  if (pod !== undefined) for (const range of ranges) fillIn(pod, range.spec?.limits ?? []);
  const errors = pod !== undefined ? podErrors(pod, items) : claimErrors(claim, items);
  if (errors.length > 0) throw refused(request, joined(errors));
};

type Pod = ObjectOf<'pods'>;

const fillIn = ({ metadata, spec }: Pod, items: readonly LimitRangeItem[]): void => {
  const ofContainers = items.filter(({ type }) => type === 'Container');
  const defaults: Asked = {
    requests: Object.assign({}, ...ofContainers.map(({ defaultRequest }) => defaultRequest ?? {})) as Amounts,
    limits: Object.assign({}, ...ofContainers.map((item) => item.default ?? {})) as Amounts,
  };
  const notes = [
    ...(spec?.containers ?? []).flatMap((container) => fillContainer(container, defaults, 'container')),
    ...(spec?.initContainers ?? []).flatMap((container) => fillContainer(container, defaults, 'init container')),
  ];
  if (notes.length > 0) metadata.annotations = { ...metadata.annotations, 'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${notes.join('; ')}` };
};

/** What was set, in words for the annotation. */
const fillContainer = (container: Container, defaults: Asked, what: string): string[] => {
  const resources = container.resources ?? {};
  const notes = (['requests', 'limits'] as const).flatMap((part) => {
    const missing = Object.keys(defaults[part]).filter((name) => resources[part]?.[name] === undefined).sort();
    if (missing.length === 0) return [];
    resources[part] = { ...resources[part], ...Object.fromEntries(missing.map((name) => [name, defaults[part][name] ?? ''])) };
    return [`${missing.join(', ')} ${part === 'requests' ? 'request' : 'limit'} for ${what} ${container.name}`];
  });
  container.resources = resources;
  return notes;
};

const podErrors = (pod: Pod, items: readonly LimitRangeItem[]): string[] => {
  const asked = ({ resources }: Container): Asked => ({ requests: resources?.requests ?? {}, limits: resources?.limits ?? {} });
  return items.flatMap((item) => {
    if (item.type === 'Container') return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].flatMap((container) => rangeErrors(item, asked(container)));
    return item.type === 'Pod' ? rangeErrors(item, podResources(pod)) : [];
  });
};

const claimErrors = (claim: ObjectOf<'persistentvolumeclaims'> | undefined, items: readonly LimitRangeItem[]): string[] => {
  const requests = claim?.spec?.resources?.requests ?? {};
  return items.filter(({ type }) => type === 'PersistentVolumeClaim').flatMap((item) => [
    ...bounds(item.min, (name, bound) => tooLittle(item.type, name, bound, { requests, limits: {} })),
    ...bounds(item.max, (name, bound) => (requests[name] === undefined
      ? `maximum ${name} usage per ${item.type} is ${bound}.  No request is specified`
      : exceeds(requests[name], bound) ? `maximum ${name} usage per ${item.type} is ${bound}, but request is ${requests[name]}` : undefined)),
  ]);
};

const rangeErrors = (item: LimitRangeItem, asked: Asked): string[] => [
  ...bounds(item.min, (name, bound) => tooLittle(item.type, name, bound, asked)),
  ...bounds(item.max, (name, bound) => tooMuch(item.type, name, bound, asked)),
  ...bounds(item.maxLimitRequestRatio, (name, bound) => ratio(item.type, name, bound, asked)),
];

const bounds = (amounts: Amounts | undefined, check: (name: string, bound: string) => string | undefined): string[] =>
  Object.entries(amounts ?? {}).sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([name, bound]) => check(name, bound) ?? []);

const tooLittle = (type: string, name: string, bound: string, { requests, limits }: Asked): string | undefined => {
  const text = `minimum ${name} usage per ${type} is ${bound}`;
  const [request, limit] = [requests[name], limits[name]];
  if (request === undefined) return `${text}.  No request is specified`;
  if (exceeds(bound, request)) return `${text}, but request is ${request}`;
  return limit !== undefined && exceeds(bound, limit) ? `${text}, but limit is ${limit}` : undefined;
};

const tooMuch = (type: string, name: string, bound: string, { requests, limits }: Asked): string | undefined => {
  const text = `maximum ${name} usage per ${type} is ${bound}`;
  const [request, limit] = [requests[name], limits[name]];
  if (limit === undefined) return `${text}.  No limit is specified`;
  if (exceeds(limit, bound)) return `${text}, but limit is ${limit}`;
  return request !== undefined && exceeds(request, bound) ? `${text}, but request is ${request}` : undefined;
};

const ratio = (type: string, name: string, bound: string, { requests, limits }: Asked): string | undefined => {
  const text = `${name} max limit to request ratio per ${type} is ${bound}`;
  const [request, limit] = [Number(amount(requests[name])), Number(amount(limits[name]))];
  if (request === 0) return `${text}, but no request is specified or request is 0`;
  if (limit === 0) return `${text}, but no limit is specified or limit is 0`;
  return (limit / request) * 1000 > Number(amount(bound)) ? `${text}, but provided ratio is ${(limit / request).toFixed(6)}` : undefined;
};

const amount = (text: string | undefined): bigint => (text === undefined ? 0n : parseQuantity(text) ?? 0n);
const exceeds = (one: string, other: string): boolean => amount(one) > amount(other);
