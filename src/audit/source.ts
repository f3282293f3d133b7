/** What `verifyAudit` reads, from the store. */
import type { Store } from '../incident/store.ts';
import type { AuditSource } from './verify.ts';

export function storeSource({ audit, timeline }: Pick<Store, 'audit' | 'timeline'>, only?: string): AuditSource {
  return {
    complete: only === undefined,
    anchors: () => audit.anchors(),
    async *timelines() {
      for (const incidentId of only === undefined ? await audit.incidents() : [only]) {
        yield { incidentId, ...(await timeline.whole(incidentId)), damagedEvidence: await audit.damagedEvidence(incidentId) };
      }
    },
  };
}
