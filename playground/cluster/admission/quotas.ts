/** No namespace uses more than its quotas allow. Usage is counted at each request, so two writers can't both get the last piece. */
import type { ObjectOf } from '../objects/object.ts';
import { thousandths } from '../objects/quantity.ts';
import type { Container } from '../objects/types.ts';
import { keyOf } from '../resources/resource.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import { added, subtracted } from './pod-resources.ts';
import { masked, quotaUsage, usageOf } from './quota-usage.ts';
import { refused } from './refusal.ts';

type Amounts = Record<string, string>;
type Quota = ObjectOf<'resourcequotas'>;

export const resourceQuotas = (store: Store): AdmissionPlugin => Object.assign((request: AdmissionRequest): void => {
  const { namespace, object, operation, subresource, definition } = request;
  if (namespace === undefined || object === undefined || operation === 'DELETE' || subresource !== undefined) return;
  const quotas = store.list('resourcequotas', namespace) as unknown as Quota[];
  for (const quota of quotas) {
    const wanted = usageOf(keyOf(definition), object, quota);
    const hard = quota.spec?.hard ?? {};
    const relevant = Object.keys(masked(wanted, Object.keys(hard)));
    if (keyOf(definition) === 'pods' && operation === 'CREATE' && Object.keys(wanted).length > 0) requireAmounts(request, quota);
    if (relevant.length > 0) check(request, store, quota, wanted, relevant);
  }
}, { last: true } as const);

const check = (request: AdmissionRequest, store: Store, quota: Quota, wanted: Amounts, relevant: readonly string[]): void => {
  const { namespace = '', previous, definition } = request;
  const hard = quota.spec?.hard ?? {};
  const before = previous === undefined ? {} : usageOf(keyOf(definition), previous, quota);
  const more = subtracted(masked(wanted, relevant), masked(before, relevant));
  if (!Object.values(more).some((value) => thousandths(value) > 0n)) return;
  const used = quotaUsage(store.list, namespace, quota);
  const after = added(used, more);
  const exceeded = relevant.filter((name) => thousandths(more[name]) > 0n && thousandths(after[name]) > thousandths(hard[name]));
  if (exceeded.length === 0) return;
  const text = (amounts: Amounts): string => exceeded.toSorted().map((name) => `${name}=${amounts[name] ?? '0'}`).join(',');
  throw refused(request, `exceeded quota: ${quota.metadata.name}, requested: ${text(more)}, used: ${text(used)}, limited: ${text(hard)}`);
};

const required = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** Where cpu or memory is limited, every container has to say how much it needs. */
const requireAmounts = (request: AdmissionRequest, quota: Quota): void => {
  const { spec } = request.object as unknown as ObjectOf<'pods'>;
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const texts = required.filter((name) => quota.spec?.hard?.[name] !== undefined).toSorted().flatMap((name) => {
    const silent = containers.filter((container) => amountOf(container, name) === undefined).map((container) => container.name);
    return silent.length === 0 ? [] : [`${name} for: ${silent.toSorted().join(',')}`];
  });
  if (texts.length > 0) throw refused(request, `failed quota: ${quota.metadata.name}: must specify ${texts.join('; ')}`);
};

const amountOf = ({ resources }: Container, name: string): string | undefined =>
  name.startsWith('limits.') ? resources?.limits?.[name.slice('limits.'.length)] : resources?.requests?.[name.replace('requests.', '')];
