/** Who may decide on a change, asked at the moment of the decision. Every answer but undefined is a refusal for that person. */
import type { ActorProfile, Directory } from '../incident/desk.ts';
import type { StoredEvent } from '../incident/events.ts';
import type { Actor } from '../incident/types.ts';
import type { Policy } from './policy.ts';

const unanswered = 'Slack did not say who is an approver; try again in a moment.';

export interface Eligibility {
  actor: Actor;
  directory: Directory;
  policy: Policy;
}

export async function refuseStranger({ actor, directory }: Eligibility): Promise<string | undefined> {
  let profile: ActorProfile;
  try {
    profile = await directory.profile(actor);
  } catch {
    return unanswered;
  }
  if (profile.userId !== actor.userId || profile.teamId !== actor.teamId) return unanswered;
  if (profile.kind === 'member') return undefined;
  const kinds = { guest: 'Guests', bot: 'Bots and apps', stranger: 'People from other workspaces and deactivated accounts' };
  return `${kinds[profile.kind]} can't decide on changes; ask an approver from this workspace.`;
}

export async function refuseNonApprover({ actor, directory, policy }: Eligibility): Promise<string | undefined> {
  if (policy.approvers.users.includes(actor.userId)) return undefined;
  let unknown = false;
  for (const group of policy.approvers.groups) {
    try {
      if ((await directory.groupMembers(group)).includes(actor.userId)) return undefined;
    } catch {
      unknown = true;
    }
  }
  return unknown ? unanswered : 'You are not an approver; ask one of the people or groups under policy.approvers in sre-agent.yaml.';
}

/** The person who asked, and everybody whose message brought an alert in. */
export function requesters(events: readonly StoredEvent[]): Set<string> {
  const people = events.map(({ event }) => (event.type === 'incident.opened' ? event.requestedBy : event.type === 'alert.joined' ? event.by : undefined));
  return new Set(people.flatMap((actor) => (actor ? [actor.userId] : [])));
}
