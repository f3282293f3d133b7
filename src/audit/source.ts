/** What `verifyAudit` reads, from the store. */
import type { Store } from '../incident/store.ts';
import type { AuditSource } from './verify.ts';

export function storeSource({ audit, timeline, evidence }: Pick<Store, 'audit' | 'timeline' | 'evidence'>, only?: string): AuditSource {
  return {
    complete: only === undefined,
    anchors: () => audit.anchors(),
    async *timelines() {
      for (const incidentId of only === undefined ? await audit.incidents() : [only]) {
        yield { incidentId, ...(await timeline.whole(incidentId)), evidence: (await evidence.list(incidentId)).map(({ hash }) => hash), damagedEvidence: await audit.damagedEvidence(incidentId) };
      }
    },
  };
}
