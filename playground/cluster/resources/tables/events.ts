/** Events, in the shape of v1 and of events.k8s.io/v1. */
import { since } from '../../objects/duration.ts';
import type { Event, EventsEvent } from '../../objects/types.ts';
import { column, nameColumn, table, wide } from './table.ts';

export const events = table<'events'>(
  [
    column('Last Seen', 'Time since it happened last.'), column('Type', 'Normal or Warning.'), column('Reason', 'What happened, in a word.'), column('Object', 'What it is about.'),
    wide('Subobject', 'Which part of it.'), wide('Source', 'Who reported it.'), column('Message', 'What happened.'),
    wide('First Seen', 'Time since it happened first.'), wide('Count', 'How often it happened.'), { ...nameColumn, priority: 1 },
  ],
  (stored, now) => {
    const event = stored as Partial<Event & EventsEvent>;
    const about = event.involvedObject ?? event.regarding;
    const first = event.firstTimestamp || event.deprecatedFirstTimestamp || event.eventTime;
    const last = event.series?.lastObservedTime || event.lastTimestamp || event.deprecatedLastTimestamp || first;
    const source = event.source ?? event.deprecatedSource;
    const kind = (about?.kind ?? '').toLowerCase();
    return [
      since(last, now), event.type ?? '', event.reason ?? '', about?.name ? `${kind}/${about.name}` : kind, about?.fieldPath ?? '',
      [source?.component || event.reportingComponent || event.reportingController || '', source?.host || event.reportingInstance || ''].filter((text) => text !== '').join(', '),
      (event.message ?? event.note ?? '').trim(), since(first, now), event.series?.count || event.count || event.deprecatedCount || 1, stored.metadata.name,
    ];
  },
);
