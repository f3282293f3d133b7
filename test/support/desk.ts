/** Parts of a desk that a test does not look at. */
import type { Desk } from '../../src/incident/desk.ts';

const refused = () => Promise.resolve({ outcome: 'refused' as const, reason: 'Not in this test.' });
export const noOffers: Pick<Desk, 'edit' | 'undo' | 'resume'> = { edit: refused, undo: refused, resume: refused };
