/** /scale over HTTP. */
import type { SpecialHandler } from './handler.ts';
import { sendJson } from './answer.ts';
import { readObject, readPatch } from './resources.ts';
import type { ResourceParts } from './resources.ts';
import { writeOptionsOf } from './options.ts';
import { scaleOf, writeScale } from '../subresources/scale.ts';
import type { Scale } from '../subresources/scale.ts';
import type { StoredObject } from '../../objects/object.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';

export function scaleHandler(parts: ResourceParts): SpecialHandler {
  return ({ definition, namespace, name, subresource }, verb, exchange) => {
    const paths = subresource?.scale;
    if (paths === undefined) return undefined;
    const place = { definition, namespace, name };
    const answer = async (): Promise<void> => {
      if (verb === 'get') return sendJson(exchange, 200, scaleOf(parts.verbs.get(place), paths));
      const options = writeOptionsOf(exchange, verb === 'patch' ? 'PatchOptions' : 'UpdateOptions');
      const change = verb === 'patch' ? await patchChange(parts, exchange, definition) : await putChange(exchange);
      return sendJson(exchange, 200, writeScale(parts, place, paths, change, exchange.caller, options));
    };
    return answer();
  };
}

async function putChange(exchange: Parameters<typeof readObject>[0]): Promise<(scale: Scale) => unknown> {
  const body = await readObject(exchange, 'Scale');
  return () => body;
}

async function patchChange({ machinery }: ResourceParts, exchange: Parameters<typeof readObject>[0], definition: ResourceDefinition): Promise<(scale: Scale) => unknown> {
  const patch = await readPatch(exchange, false);
  const plain = patch.type === 'apply' ? { type: 'merge' as const, body: patch.body } : patch;
  const asScale: ResourceDefinition = { ...definition, group: 'autoscaling', version: 'v1', kind: 'Scale', shape: { type: 'Scale' } };
  return (scale) => machinery.applyPatch(scale as unknown as StoredObject, plain, asScale, 'Warn', exchange.caller.warn);
}
