/** A CustomResourceDefinition gets its derived names, is checked, and stays till its objects are gone. */
import { invalid } from '../api/status.ts';
import { definitionErrors, definitionUpdateErrors } from '../custom/definition-errors.ts';
import { completeNames } from '../custom/definitions.ts';
import type { CustomDefinition } from '../custom/definitions.ts';
import { cleanupFinalizer, definitionsKey } from '../custom/index.ts';
import type { AdmissionPlugin } from './admission.ts';
import { written } from './subject.ts';

export const customDefinitions: AdmissionPlugin = (request) => {
  const definition = written(request, definitionsKey, 'CREATE', 'UPDATE');
  if (definition === undefined || definition.metadata.deletionTimestamp !== undefined) return;
  definition.spec.names = completeNames(definition.spec.names);
  definition.spec.conversion ??= { strategy: 'None' };
  if (definition.metadata.finalizers?.includes(cleanupFinalizer) !== true) {
    definition.metadata.finalizers = [...(definition.metadata.finalizers ?? []), cleanupFinalizer];
  }
  const previous = request.previous as CustomDefinition | undefined;
  const errors = [...definitionErrors(definition), ...(previous === undefined ? [] : definitionUpdateErrors(definition, previous))];
  if (errors.length > 0) throw invalid(request.definition, request.name, errors);
};
