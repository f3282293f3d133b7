import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import type { Tool } from '../tool.ts';
import { eventsArgv, shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { eventTable } from './event-table.ts';
import { kindName } from './kinds.ts';
import { shownPlace, toResult } from './look.ts';
import { objectName } from './names.ts';
import { findPlace, placeFields } from './place.ts';

const maxBytes = 16 * 1024 * 1024;
const limit = 200;

export function kubectlEvents(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_events',
    description: 'The events of a namespace, newest first: first and last time, count, type, reason, object, message. With a name: those of that object and of the objects whose names begin with it and a dash (the pods of a deployment).',
    specialists: ['kubernetes'],
    input: z.strictObject({
      ...placeFields(clusters),
      kind: kindName.optional().describe('Only events about this kind: pods'),
      name: objectName.optional().describe('Only events about this object and those named after it'),
      type: z.enum(['Warning', 'Normal']).optional().describe('Only events of this type'),
    }),
    plan(input) {
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { ...input, place };
    },
    async run({ place, kind, name, type }, { signal }) {
      const answer = await client(place, (where) => eventsArgv(where, { type }), { maxBytes, signal });
      const command = shownCommand(shownPlace(clusters, place), ['get', 'events', ...(type === undefined ? [] : ['--field-selector', `type=${type}`])]);
      const about = [kind, name].filter((part) => part !== undefined).join('/');
      return toResult(about === '' ? command : `${command} # about ${about}`, answer, (text) => eventTable(text, { kind, name, type, limit }));
    },
  });
}
