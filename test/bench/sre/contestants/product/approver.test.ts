/** What the approver does next, on incidents as their events tell them. */
import { describe, expect, test } from 'vitest';
import { nextStep } from '../../../../../bench/sre/contestants/product/approver.ts';
import type { IncidentEvent } from '../../../../../src/incident/events.ts';
import { foldEvents } from '../../../../../src/incident/view.ts';
import { run, stored, story, storyChange } from '../../../../support/story.ts';

const [first, second] = ['U0TOMAS001', 'U0PRIYA001'];
const step = (events: IncidentEvent[], more: Partial<Parameters<typeof nextStep>[1]> = {}) =>
  nextStep([foldEvents(undefined, stored(events))], { people: [first, second], refused: new Set(), mayApprove: true, ...more });

const told = story().slice(0, 1);
const diagnosed = story().filter(({ type }) => !type.startsWith('change.') && !type.startsWith('click.') && !type.startsWith('question.'));
const proposed = (id: string, approvalsNeeded = 1): IncidentEvent[] => {
  const change = storyChange({ id });
  return [{ type: 'change.drafted', changeId: id, title: change.title }, { type: 'change.proposed', change: { ...change, policy: { ...change.policy, approvalsNeeded } } }];
};
const runOf = (id: string): IncidentEvent[] => run().map((event) => ('changeId' in event ? { ...event, changeId: id } : event));

describe('waits', () => {
  test('for the incident and for its investigation', () => {
    expect(nextStep([], { people: [first], refused: new Set(), mayApprove: true })).toEqual({ do: 'wait', for: 'the incident' });
    expect(step(told)).toMatchObject({ do: 'wait', for: expect.stringContaining('investigation') });
    expect(step(diagnosed.filter(({ type }) => type !== 'diagnosis.stated'))).toMatchObject({ do: 'wait', for: expect.stringContaining('investigation') });
  });

  test('for a preview, and for every step of a change that was approved, before the next one is', () => {
    expect(step([...diagnosed, { type: 'change.drafted', changeId: 'C4', title: 'x' }])).toMatchObject({ do: 'wait', for: 'the preview of C4' });
    const two = [...diagnosed, ...proposed('C4'), ...proposed('C5')];
    const steps = runOf('C4');
    for (let length = 1; length <= steps.findIndex(({ type }) => type === 'change.verifying') + 1; length += 1) {
      expect(step([...two, ...steps.slice(0, length)])).toMatchObject({ do: 'wait', for: expect.stringContaining('C4') });
    }
  });

  test('for a new investigation of an incident that was opened again', () => {
    const again: IncidentEvent[] = [...diagnosed, { type: 'incident.reopened', reason: 'it came back', followed: 'C4' }, { type: 'investigation.started', investigation: 'INC-7-2', engine: 'rules' }];
    expect(step(again)).toMatchObject({ do: 'wait', for: expect.stringContaining('investigation') });
  });
});

describe('approves', () => {
  test('what was offered first, whatever it is', () => {
    expect(step([...diagnosed, ...proposed('C4'), ...proposed('C5')])).toEqual({ do: 'approve', incident: 'INC-7', change: 'C4', by: first });
  });

  test('the next one when the one before was undone, failed, or went stale', () => {
    const two = [...diagnosed, ...proposed('C4'), ...proposed('C5')];
    const ends: IncidentEvent[] = [
      { type: 'change.undone', changeId: 'C4', reason: 'it did not help', output: '' },
      { type: 'change.failed', changeId: 'C4', reason: 'refused by the server' },
      { type: 'change.unknown', changeId: 'C4', reason: 'the executor died' },
      { type: 'change.stale', changeId: 'C4', reason: 'the world moved' },
    ];
    for (const end of ends) expect(step([...two, ...runOf('C4').slice(0, 3), end])).toMatchObject({ do: 'approve', change: 'C5' });
  });

  test('as a second person where two are needed, and never as the same one twice', () => {
    const events = [...diagnosed, ...proposed('C4', 2)];
    expect(step(events)).toMatchObject({ do: 'approve', by: first });
    const once: IncidentEvent = { type: 'change.approved', changeId: 'C4', digest: 'd', by: { userId: first, teamId: 'T' }, approvals: 1, needed: 2 };
    expect(step([...events, once])).toMatchObject({ do: 'approve', by: second });
  });

  test('not when three are needed and there are two, when everybody was refused, or when too little time is left', () => {
    expect(step([...diagnosed, ...proposed('C4', 3)])).toMatchObject({ do: 'rest', because: 'what is open can not be approved' });
    expect(step([...diagnosed, ...proposed('C4')], { refused: new Set([`C4 ${first}`, `C4 ${second}`]) })).toMatchObject({ do: 'rest' });
    expect(step([...diagnosed, ...proposed('C4')], { mayApprove: false })).toMatchObject({ do: 'rest' });
    expect(step([...diagnosed, ...proposed('C4')], { refused: new Set([`C4 ${first}`]) })).toMatchObject({ do: 'approve', by: second });
  });
});

describe('is through', () => {
  test('when the incident is resolved or stopped', () => {
    expect(step([...diagnosed, ...proposed('C4'), ...run()])).toEqual({ do: 'end', because: 'the incident is resolved' });
    expect(step([...diagnosed, { type: 'incident.stopped', by: { userId: first, teamId: 'T' } }])).toMatchObject({ do: 'end' });
  });

  test('but rests, and may go on, when nothing is open in an unfinished one', () => {
    expect(step(diagnosed)).toEqual({ do: 'rest', because: 'nothing is open' });
    expect(step([...told, { type: 'investigation.started', investigation: 'INC-7-1', engine: 'rules' }, { type: 'investigation.failed', investigation: 'INC-7-1', reason: 'no cluster' }])).toMatchObject({ do: 'rest' });
  });
});
