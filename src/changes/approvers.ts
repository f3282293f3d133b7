/** Who may decide on a change, asked at the moment of the decision. Every answer but undefined is a refusal for that person. */
import type { ActorProfile, Directory } from '../incident/desk.ts';
import type { StoredEvent } from '../incident/events.ts';
import type { Actor } from '../incident/types.ts';
import type { Change } from './change.ts';
import { movedIdentity } from './identity-fields.ts';
import type { Approvers } from './ruling.ts';

const unanswered = 'Slack did not say who is an approver; try again in a moment.';

export interface Eligibility {
  actor: Actor;
  directory: Directory;
}

/** Who it is, as Slack says now; every refusal is a sentence for that person. */
export async function identify({ actor, directory }: Eligibility): Promise<{ profile: ActorProfile } | { refusal: string }> {
  let profile: ActorProfile;
  try {
    profile = await directory.profile(actor);
  } catch {
    return { refusal: unanswered };
  }
  if (profile.userId !== actor.userId || profile.teamId !== actor.teamId) return { refusal: unanswered };
  if (profile.kind === 'member') return { profile };
  const kinds = { guest: 'Guests', bot: 'Bots and apps', stranger: 'People from other workspaces and deactivated accounts' };
  return { refusal: `${kinds[profile.kind]} can't decide on changes; ask an approver from this workspace.` };
}

export async function refuseStranger(eligibility: Eligibility): Promise<string | undefined> {
  const answer = await identify(eligibility);
  return 'refusal' in answer ? answer.refusal : undefined;
}

/** `policy`: a ruling, or the policy itself for what is about no change (a stop that is lifted). */
export async function refuseNonApprover({ actor, directory, policy: { approvers } }: Eligibility & { policy: { approvers: Approvers } }): Promise<string | undefined> {
  if (approvers.anyone || approvers.users.includes(actor.userId)) return undefined;
  let unknown = false;
  for (const group of approvers.groups) {
    try {
      if ((await directory.groupMembers(group)).includes(actor.userId)) return undefined;
    } catch {
      unknown = true;
    }
  }
  return unknown ? unanswered : 'You are not an approver of this: ask one of the people or groups that its card, or policy.approvers in sre-agent.yaml, names.';
}

/** One human being: accounts of one person in several workspaces of an organisation are the same. */
export function humanOf({ userId, enterpriseUserId }: Pick<ActorProfile, 'userId' | 'enterpriseUserId'>): string {
  return enterpriseUserId ?? userId;
}

/** Whose doing a change is: who asked for the investigation, whose message brought an alert in, who typed its fields. */
export function requesters(events: readonly StoredEvent[], change: Pick<Change, 'askedBy' | 'action'>): Actor[] {
  const people = events.map(({ event }) => (event.type === 'incident.opened' ? event.requestedBy : event.type === 'alert.joined' ? event.by : undefined));
  return [...people, ...editors(events, change), change.askedBy].filter((actor) => actor !== undefined);
}

/** Of an edited change everybody who typed fields of one like it in this incident: what the one typed stands beside what the next one did. */
function editors(events: readonly StoredEvent[], { action, askedBy }: Pick<Change, 'askedBy' | 'action'>): Actor[] {
  if (askedBy === undefined || action.kind === 'change.undo') return [];
  const shown = new Map(events.flatMap(({ event }) => (event.type === 'change.proposed' ? [[event.change.id, event.change.action] as const] : [])));
  return events.flatMap(({ event }) => {
    const before = event.type === 'change.edited' ? shown.get(event.changeId) : undefined;
    return event.type === 'change.edited' && before && movedIdentity(before, action).length === 0 ? [event.by] : [];
  });
}
