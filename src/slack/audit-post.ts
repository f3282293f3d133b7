/** Puts an anchor of the audit into a channel: a place that whoever can write to the database can't write to. */
import type { WebClient } from '@slack/web-api';
import type { PostAnchor } from '../audit/anchoring.ts';
import { context, section } from './blocks/elements.ts';
import { findCard, isFailure, postCard } from './post.ts';

export function createAnchorPost(client: WebClient, channel: string): PostAnchor {
  return async ({ number, hash, at, again }, { problems, incidents, events }) => {
    const place = { incidentId: 'audit', key: `anchor:${number}`, channel };
    const known = again ? await findCard(client, place, at) : undefined;
    if (isFailure(known)) return undefined;
    if (known) return { channel, ts: known.ts };
    const size = `${incidents.toLocaleString('en-US')} incidents, ${events.toLocaleString('en-US')} events`;
    const state = problems.length === 0 ? `The audit trail is whole: ${size}.` : `:rotating_light: *The audit trail is broken.* ${problems[0]}${problems.length > 1 ? `, and ${problems.length - 1} more` : ''}. Run \`sre-agent audit verify\`.`;
    const text = `Audit anchor ${number}: ${hash}`;
    const posted = await postCard(client, place, { text, blocks: [section(`${state}\nAnchor ${number}: \`${hash}\``), context(`Check any day: \`sre-agent audit verify --anchor ${hash.slice(0, 8)}…\` with the whole digest`)] });
    return isFailure(posted) ? undefined : { channel, ts: posted.ts };
  };
}
