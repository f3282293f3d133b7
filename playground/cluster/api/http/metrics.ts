/** metrics.k8s.io: what the processes really use, for `kubectl top`. */
import type { PodRuntime } from '../../kubelet/runtime.ts';
import type { ObjectOf, StoredObject } from '../../objects/object.ts';
import type { Machinery } from '../machinery.ts';
import { notFound } from '../status.ts';
import { sendJson } from './answer.ts';
import type { SpecialHandler } from './handler.ts';
import { selectionOf } from './selection.ts';

interface Usage {
  cpuNanocores: number;
  memoryBytes: number;
}

export function metricsHandler({ store }: Machinery, runtime: PodRuntime): SpecialHandler {
  const podMetrics = (object: StoredObject): unknown[] => {
    const usage = runtime.usage(object as ObjectOf<'pods'>);
    if (usage === undefined) return [];
    return [{
      ...heading(object, usage.at, usage.windowMilliseconds),
      containers: usage.containers.map((container) => ({ name: container.name, usage: quantities(container) })),
    }];
  };
  const nodeMetrics = (object: StoredObject): unknown[] => {
    const usage = runtime.nodeUsage(object.metadata.name);
    return usage === undefined ? [] : [{ ...heading(object, usage.at, usage.windowMilliseconds), usage: quantities(usage) }];
  };
  return ({ definition, namespace, name }, verb, exchange) => {
    if (definition.group !== 'metrics.k8s.io') return undefined;
    const measure = definition.plural === 'pods' ? podMetrics : nodeMetrics;
    const run = async (): Promise<void> => {
      if (verb === 'get') {
        const object = store.get(definition.plural, namespace, name);
        const [measured] = object === undefined ? [] : measure(object);
        if (measured === undefined) throw notFound({ group: 'metrics.k8s.io', plural: definition.plural === 'nodes' ? 'nodemetrics' : 'podmetrics' }, namespace === undefined ? name : `${namespace}/${name}`);
        return sendJson(exchange, 200, { kind: definition.kind, apiVersion: 'metrics.k8s.io/v1beta1', ...(measured as object) });
      }
      const { matches } = selectionOf(definition, exchange.query);
      const items = store.list(definition.plural, namespace).filter(matches).flatMap(measure);
      return sendJson(exchange, 200, { kind: definition.listKind, apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items });
    };
    return run();
  };
}

function heading({ metadata }: StoredObject, at: string, windowMilliseconds: number): object {
  const { name, namespace, labels } = metadata;
  return {
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), creationTimestamp: new Date().toISOString().replace(/\.\d+Z/, 'Z'), ...(labels === undefined ? {} : { labels }) },
    timestamp: at, window: `${(windowMilliseconds / 1000).toFixed(3).replace(/\.?0+$/, '')}s`,
  };
}

const quantities = ({ cpuNanocores, memoryBytes }: Usage): object => ({ cpu: `${Math.round(cpuNanocores)}n`, memory: `${Math.round(memoryBytes / 1024)}Ki` });
