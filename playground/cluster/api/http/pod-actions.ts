/** What one posts to a pod, and the end of a namespace. */
import type { StoredObject } from '../../objects/object.ts';
import { keyOf } from '../../resources/resource.ts';
import { StatusError, badRequest } from '../status.ts';
import { bindPod } from '../subresources/binding.ts';
import { evictPod } from '../subresources/eviction.ts';
import type { DeleteRequest } from '../verbs.ts';
import { isFinished } from '../writes/update.ts';
import { sendJson, sendObject } from './answer.ts';
import type { SpecialHandler } from './handler.ts';
import { deleteRequestOf } from './options.ts';
import type { ResourceParts } from './resources.ts';
import { readObject } from './resources.ts';

const created = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

export function podActionHandler({ machinery, verbs }: ResourceParts): SpecialHandler {
  return ({ definition, namespace, name, subresource }, verb, exchange) => {
    const door = subresource === undefined ? keyOf(definition) : `${keyOf(definition)}/${subresource.name}`;
    if (verb !== 'create') return undefined;
    const run = async (): Promise<void> => {
      if (door === 'pods/eviction') {
        const body = (await readObject(exchange, 'Eviction')) as { metadata?: { name?: string }; deleteOptions?: DeleteRequest };
        const named = body.metadata?.name ?? '';
        if (named !== '' && named !== name) throw badRequest(`name in URL does not match name in Eviction object: ${named} != ${name}`);
        evictPod({ machinery, verbs }, { definition, namespace, name }, deleteRequestOf(exchange.query, body.deleteOptions), exchange.caller);
      } else {
        const body = (await readObject(exchange, 'Binding')) as { metadata?: { name?: string }; target?: { name?: string } };
        const pods = machinery.registry.byKey('pods');
        if (pods === undefined) throw new StatusError({ code: 404, reason: 'NotFound', message: 'pods are not served' });
        const pod = verbs.get({ definition: pods, namespace, name: name === '' ? (body.metadata?.name ?? '') : name });
        if ((body.target?.name ?? '') === '') throw badRequest('Binding "" is invalid: target.name: Required value');
        bindPod(machinery, pod, body.target?.name ?? '');
      }
      sendJson(exchange, 201, created);
    };
    return door === 'pods/eviction' || door === 'pods/binding' || door === 'bindings' ? run() : undefined;
  };
}

/** Kubernetes' way of letting a namespace go: its own kind of finalizers, changed here and nowhere else. */
export function finalizeHandler({ machinery, verbs }: ResourceParts): SpecialHandler {
  return ({ definition, namespace, name, subresource }, verb, exchange) => {
    if (subresource?.name !== 'finalize' || verb !== 'update') return undefined;
    const run = async (): Promise<void> => {
      const body = (await readObject(exchange, definition.kind)) as { spec?: { finalizers?: string[] } };
      const previous = verbs.get({ definition, namespace, name });
      const next: StoredObject = { ...previous, spec: { ...(previous.spec as object | undefined), finalizers: body.spec?.finalizers ?? [] } };
      if (isFinished(next)) machinery.store.remove(keyOf(definition), namespace, name);
      else machinery.store.put(keyOf(definition), next);
      sendObject(exchange, 200, next);
    };
    return run();
  };
}
