/** Events: anything goes, selected by what they are about. */
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';

export const eventStrategies: Record<string, Strategy> = {
  events: strategy({
    selectableFields(object) {
      const { involvedObject: about, reason = '', type = '', reportingComponent = '', source } = as(object, 'events');
      return {
        'involvedObject.kind': about?.kind ?? '', 'involvedObject.namespace': about?.namespace ?? '', 'involvedObject.name': about?.name ?? '',
        'involvedObject.uid': about?.uid ?? '', 'involvedObject.apiVersion': about?.apiVersion ?? '', 'involvedObject.resourceVersion': about?.resourceVersion ?? '',
        'involvedObject.fieldPath': about?.fieldPath ?? '', reason, type, reportingComponent, source: source?.component ?? reportingComponent,
      };
    },
  }),
};
