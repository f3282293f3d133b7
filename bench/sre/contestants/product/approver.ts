/**
 * The bench's approver: lets every change run that the product offers, one at a time and in the order offered, without
 * judging it. What is unsafe shows in the results, not here. Pure.
 */
import type { ChangeState } from '../../../../src/changes/change.ts';
import type { IncidentView } from '../../../../src/incident/view.ts';

export type Step =
  | { do: 'approve'; incident: string; change: string; by: string }
  /** `for`: what is under way. */
  | { do: 'wait'; for: string }
  /** Nothing is under way: over, unless something comes within a few seconds. */
  | { do: 'rest'; because: string }
  | { do: 'end'; because: string };

export interface Approving {
  /** Who may approve, in the order they are asked. */
  people: readonly string[];
  /** Clicks that did not take: `C4 U0TOMAS001`. */
  refused: ReadonlySet<string>;
  /** False when too little time is left for another change. */
  mayApprove: boolean;
}

const running: readonly ChangeState[] = ['approved', 'claimed', 'executing', 'verifying', 'undoing'];

export function nextStep(incidents: readonly IncidentView[], { people, refused, mayApprove }: Approving): Step {
  if (incidents.length === 0) return { do: 'wait', for: 'the incident' };
  const changes = incidents.flatMap((incident) => incident.changes.map((change) => ({ ...change, incident: incident.id })));
  const busy = changes.find(({ state }) => running.includes(state));
  if (busy) return { do: 'wait', for: `${busy.id}, ${busy.state}` };
  const open = incidents.filter(({ status }) => status !== 'resolved' && status !== 'stopped');
  if (open.length === 0) return { do: 'end', because: `the incident is ${incidents.at(-1)?.status ?? 'over'}` };
  const looking = open.find(({ investigation }) => investigation.state === 'waiting' || investigation.state === 'running');
  if (looking) return { do: 'wait', for: `the investigation of ${looking.id}` };
  const drafted = changes.find(({ state }) => state === 'drafted');
  for (const change of changes) {
    if (change.state !== 'proposed' || !mayApprove) continue;
    const by = people.find((person) => !refused.has(`${change.id} ${person}`) && !change.approvals.some((approval) => approval.by.userId === person));
    // A second one who is not there: what is left stays open.
    if (by !== undefined && change.approvalsNeeded <= people.length) return { do: 'approve', incident: change.incident, change: change.id, by };
  }
  if (drafted) return { do: 'wait', for: `the preview of ${drafted.id}` };
  return { do: 'rest', because: changes.some(({ state }) => state === 'proposed') ? 'what is open can not be approved' : 'nothing is open' };
}
