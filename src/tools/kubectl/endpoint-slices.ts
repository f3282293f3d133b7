/** The addresses behind Services, one by one, as EndpointSlices hold them. Pure, over the cluster's JSON. */
import { child, items, nameOf, number, text } from '../readings/cluster/fields.ts';
import { ofKind } from '../readings/cluster/other-objects.ts';
import { textTable } from '../readings/text-table.ts';

export interface Endpoint {
  slice: string;
  service: string;
  address: string;
  /** Empty: the slice names none, and nothing is forwarded. */
  ports: { name: string; port: number; protocol: string }[];
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  /** `pod store-x`; empty for addresses that somebody wrote by hand. */
  target: string;
  node: string;
}

export function endpointsOf(objects: readonly unknown[]): Endpoint[] {
  return ofKind(objects, 'EndpointSlice').flatMap((slice) => {
    const ports = items(slice, 'ports').filter((port) => number(port, 'port') > 0).map((port) => ({ name: text(port, 'name'), port: number(port, 'port'), protocol: text(port, 'protocol') || 'TCP' }));
    return items(slice, 'endpoints').flatMap((endpoint) => items(endpoint, 'addresses').filter((address) => typeof address === 'string').map((address) => {
      const ready = child(endpoint, 'conditions', 'ready') !== false;
      return {
        slice: nameOf(slice), service: text(slice, 'metadata', 'labels', 'kubernetes.io/service-name'), address, ports,
        ready, serving: (child(endpoint, 'conditions', 'serving') ?? ready) === true, terminating: child(endpoint, 'conditions', 'terminating') === true,
        target: text(endpoint, 'targetRef', 'name') === '' ? '' : `${text(endpoint, 'targetRef', 'kind').toLowerCase()} ${text(endpoint, 'targetRef', 'name')}`,
        node: text(endpoint, 'nodeName'),
      };
    }));
  });
}

/** One line for each address; slices without any get one too. */
export function sliceTable(objects: readonly unknown[]): string {
  const endpoints = endpointsOf(objects);
  const rows = endpoints.map((one) => [one.slice, one.service, one.address, portsText(one.ports), yes(one.ready), yes(one.serving), yes(one.terminating), one.target, one.node]);
  const empty = ofKind(objects, 'EndpointSlice').filter((slice) => !endpoints.some((one) => one.slice === nameOf(slice))).map((slice) => [nameOf(slice), text(slice, 'metadata', 'labels', 'kubernetes.io/service-name'), '(no endpoints)', '', '', '', '', '', '']);
  return textTable(['NAME', 'SERVICE', 'ADDRESS', 'PORTS', 'READY', 'SERVING', 'TERMINATING', 'TARGET', 'NODE'], [...rows, ...empty]);
}

export function portsText(ports: Endpoint['ports']): string {
  return ports.length === 0 ? '(none)' : ports.map((one) => `${one.name === '' ? '' : `${one.name} `}${one.port}/${one.protocol}`).join(', ');
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');
