/** Takes back a change that was run: what the Undo button asks for, with a preview and an approval of its own. */
import { z } from 'zod';

export const undoSchema = z.object({
  kind: z.literal('change.undo').describe('Takes a change back that ran, exactly as its card said'),
  change: z.string().regex(/^C[1-9][0-9]{0,9}$/, 'the id of a change'),
});
