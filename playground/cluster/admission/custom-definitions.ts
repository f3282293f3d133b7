/** A CustomResourceDefinition stays till its objects are gone. */
import { cleanupFinalizer, definitionsKey } from '../custom/index.ts';
import type { AdmissionPlugin } from './admission.ts';
import { created } from './subject.ts';

export const definitionProtection: AdmissionPlugin = (request) => {
  const definition = created(request, definitionsKey);
  if (definition === undefined || definition.metadata.finalizers?.includes(cleanupFinalizer) === true) return;
  definition.metadata.finalizers = [...(definition.metadata.finalizers ?? []), cleanupFinalizer];
};
