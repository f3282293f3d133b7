/** /sre: acknowledged before anything else, answered to the one who typed it. */
import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt';
import { haltReply, helpReply, listReply, resumeReply, statusReply, stopReply } from '../../blocks/reply.ts';
import type { Actor } from '../../../incident/types.ts';
import type { CardBody } from '../../blocks/card.ts';
import { investigateModal } from '../../blocks/modals.ts';
import { openFor, reply, sentence, thenAcknowledge, whyNotHere } from '../listening.ts';
import type { Listening, Register } from '../listening.ts';
import { parseCommand } from './parse.ts';

export const register: Register = (app, listening) => {
  app.command('/sre', (parts) => sreCallback(parts, listening));
};

type Parts = Pick<AllMiddlewareArgs & SlackCommandMiddlewareArgs, 'ack' | 'command' | 'client' | 'respond'>;

export async function sreCallback({ ack, command, client, respond }: Parts, listening: Listening): Promise<void> {
  const asked = parseCommand(command.text ?? '');
  const channel = command.channel_id;
  const by = { userId: command.user_id, teamId: command.team_id };
  // Whoever stops must not believe that it stopped when we died over it.
  if (asked.name === 'stop' || asked.name === 'resume') {
    const { result } = await thenAcknowledge(asked.name === 'stop' ? stop(listening, channel, by, asked.incidentId) : resume(listening, by, asked.incidentId), () => ack());
    return reply(respond, result);
  }
  await ack();
  switch (asked.name) {
    case 'help':
      return reply(respond, helpReply(asked.hint, await listening.store.halt.current()));
    case 'investigate': {
      // The trigger of an empty command lives for three seconds: the modal comes first.
      if (asked.text === '') return void (await client.views.open({ trigger_id: command.trigger_id, view: investigateModal({ channel }) }));
      const problem = await whyNotHere(client, channel);
      return reply(respond, problem ? sentence(problem) : await openFor(listening, { text: asked.text, channel }, by));
    }
    case 'status':
      return reply(respond, await status(listening, channel, asked.incidentId));
    case 'list':
      return reply(respond, listReply(await listening.desk.list({ channel, limit: 15 })));
  }
}

/** An incident is shown in its own channel only: its thread may be private. */
async function status({ desk, store }: Listening, channel: string, incidentId: string | undefined): Promise<CardBody> {
  const halt = await store.halt.current();
  if (incidentId !== undefined) {
    const view = await desk.view(incidentId);
    if (!view || view.channel !== channel) return sentence(`There is no ${incidentId} in this channel. /sre list shows those that are.`);
    return statusReply({ ...view, halt });
  }
  const unfinished = await desk.list({ channel, unfinished: true, limit: 5 });
  const views = (await Promise.all(unfinished.map(({ id }) => desk.view(id)))).filter((view) => view !== undefined);
  if (views.length === 0) return halt ? haltReply(halt) : sentence('Nothing is under way in this channel. /sre investigate <what is wrong> begins.');
  const replies = views.map((view, index) => statusReply(index === 0 ? { ...view, halt } : view));
  return { text: replies.map(({ text }) => text).join('; '), blocks: replies.flatMap(({ blocks }, index) => (index === 0 ? blocks : [{ type: 'divider' as const }, ...blocks])) };
}

async function stop({ desk, store }: Listening, channel: string, by: Actor, incidentId: string | undefined): Promise<CardBody> {
  if (incidentId !== undefined && !(await desk.view(incidentId))) return sentence(`There is no ${incidentId}. /sre list shows those that are.`);
  const views = await desk.stop(incidentId ?? 'all', by);
  // Whoever is in any channel may stop; what goes on in another one, which may be private, is not theirs to read.
  return stopReply(views.map((view) => (view.channel === channel ? view : { ...view, title: 'an incident of another channel', changes: [] })), incidentId === undefined ? await store.halt.current() : undefined);
}

async function resume({ desk }: Listening, by: Actor, incidentId: string | undefined): Promise<CardBody> {
  if (incidentId !== undefined && !(await desk.view(incidentId))) return sentence(`There is no ${incidentId}. /sre list shows those that are.`);
  const result = await desk.resume(incidentId ?? 'all', by);
  return result.outcome === 'refused' ? sentence(result.reason) : resumeReply(result.incidents, incidentId === undefined);
}
