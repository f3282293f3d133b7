/** Parts of a desk that a test does not look at. */
import type { Desk, Edit, OfferResult, ResumeResult } from '../../src/incident/desk.ts';
import type { Actor } from '../../src/incident/types.ts';

const refused = () => Promise.resolve({ outcome: 'refused' as const, reason: 'Not in this test.' });
export const noOffers: Pick<Desk, 'edit' | 'undo' | 'resume'> = { edit: refused, undo: refused, resume: refused };

export interface RecordedOffers {
  edits: Edit[];
  undos: { changeId: string; actor: Actor }[];
  resumes: { incidentId: string; by: Actor }[];
  /** What edit and undo answer from now on. */
  offer: () => Promise<OfferResult>;
  resume: () => Promise<ResumeResult>;
  desk: Pick<Desk, 'edit' | 'undo' | 'resume'>;
}

/** Keeps what was asked for, and answers what the test says. */
export function recordOffers(): RecordedOffers {
  const recorded: RecordedOffers = {
    edits: [],
    undos: [],
    resumes: [],
    offer: () => Promise.resolve({ outcome: 'drafted', changeId: 'C13' }),
    resume: () => Promise.resolve({ outcome: 'resumed', incidents: [] }),
    desk: {
      edit: (edit) => (recorded.edits.push(edit), recorded.offer()),
      undo: (wish) => (recorded.undos.push(wish), recorded.offer()),
      resume: (incidentId, by) => (recorded.resumes.push({ incidentId, by }), recorded.resume()),
    },
  };
  return recorded;
}
