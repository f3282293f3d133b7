/** The verbs over a store: the one way in for everybody who writes. */
import type { Machinery } from './machinery.ts';
import type { Verbs } from './verbs.ts';
import { createObject } from './writes/create.ts';
import { patchObject } from './writes/patch.ts';
import { deleteObject } from './writes/remove.ts';
import { current, updateObject } from './writes/update.ts';

export function createVerbs(machinery: Machinery): Verbs {
  return {
    get: (place) => current(machinery, place),
    create: (definition, namespace, body, caller, options) => createObject(machinery, definition, namespace, body, caller, options),
    update: (place, body, caller, options) => updateObject(machinery, place, body, caller, options),
    patch: (place, patch, caller, options) => patchObject(machinery, place, patch, caller, options),
    delete: (place, request, caller) => deleteObject(machinery, place, request, caller),
  };
}
