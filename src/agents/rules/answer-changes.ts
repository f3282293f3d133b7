/** Where the changes of an incident stand, read from its events. */
import type { IncidentEvent } from '../../incident/events.ts';
import type { Actor } from '../../incident/types.ts';

/** Oldest first; `ids` narrows to these when it is not empty. */
export function changeStates(events: readonly IncidentEvent[], ids: readonly string[]): { id: string; text: string; findings: string[] }[] {
  const changes = new Map<string, { title: string; says: string[]; findings: string[] }>();
  const of = (id: string): { title: string; says: string[]; findings: string[] } => {
    const known = changes.get(id) ?? { title: '', says: [], findings: [] };
    changes.set(id, known);
    return known;
  };
  for (const event of events) {
    if (event.type === 'change.proposed') {
      const change = of(event.change.id);
      change.title = event.change.title;
      change.findings = event.change.findings;
      change.says.push(`was proposed, ${event.change.risk.level} risk, ${event.change.policy.approvalsNeeded} approval${event.change.policy.approvalsNeeded === 1 ? '' : 's'} needed`);
    } else if ('changeId' in event) {
      const change = of(event.changeId);
      if ('title' in event) change.title = event.title;
      const said = sentence(event);
      if (said !== undefined) change.says.push(said);
    }
  }
  return [...changes].filter(([id]) => ids.length === 0 || ids.includes(id)).map(([id, change]) => ({ id, findings: change.findings, text: `${id}${change.title === '' ? '' : ` (${change.title})`} ${change.says.length === 0 ? 'is being prepared' : change.says.slice(-4).join(', then ')}.` }));
}

function sentence(event: Extract<IncidentEvent, { changeId: string }>): string | undefined {
  switch (event.type) {
    case 'change.refused': return `was refused: ${event.reason}`;
    case 'change.approved': return `was approved by ${person(event.by)} (${event.approvals} of ${event.needed})`;
    case 'change.rejected': return `was rejected by ${person(event.by)}: ${event.reason}`;
    case 'change.expired': return `expired: ${event.reason}`;
    case 'change.superseded': return `was superseded: ${event.reason}`;
    case 'change.stale': return `was not run, since the system had changed: ${event.reason}`;
    case 'change.executing': return 'is running';
    case 'change.executed': return `was run in ${event.seconds.toFixed(1)} s`;
    case 'change.verifying': return 'is being verified';
    case 'change.verified': return `was verified: ${event.checks.join('; ')}`;
    case 'change.undoing': return `is being undone: ${event.reason}`;
    case 'change.undone': return `was undone: ${event.reason}`;
    case 'change.failed': return `failed: ${event.reason}`;
    case 'change.unknown': return `is in an unknown state, a person must look: ${event.reason}`;
    default: return undefined;
  }
}

/** Slack shows the name. */
function person(by: Actor): string {
  return `<@${by.userId}>`;
}
