/** change.undo: takes back a change that ran, by the undo that its approval named, if the object still is what it wrote. */
import type { ActionOf } from '../../action.ts';
import { canonicalJson } from '../../canonical-json.ts';
import type { Change, ChangeState } from '../../change.ts';
import { verifyDigest } from '../../digest.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { undoSchema } from '../../undo-action.ts';
import type { ActionKind, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';

type Action = ActionOf<'change.undo'>;

/** `kindOf` comes in: the kinds' table holds this one, too. */
export function undoKind(kindOf: (action: Change['action']) => ActionKind): ActionKind<Action> {
  return {
    kind: 'change.undo',
    schema: undoSchema,
    lockKey: lockKeyOf,
    risk: () => ({ level: 'medium', reasons: ['it goes back to what was there before, and so may the problem'] }),
    prepare,
    drift: (change, fresh) => moved(change, fresh),
    async execute({ action, resolved }, context) {
      const original = await originalOf(action, context);
      if (!isBoundTo(resolved, original)) throw new ExecutionError(`${original.id} is not the one any more whose undo was approved; nothing was run.`, 'none');
      try {
        return await kindOf(original.action).undo(original, context);
      } catch (error) {
        if (error instanceof UndoRefusedError) throw new ExecutionError(error.message, 'none', { cause: error });
        if (context.signal.aborted) throw error;
        // Its answer may have been lost on the way: what counts is what is there.
        const { ok } = await kindOf(original.action).checkUndone(original, context).catch(() => ({ ok: false }));
        if (!ok) throw new ExecutionError(`Nobody knows how far it came: ${messageOf(error)}`, 'unknown', { cause: error });
        return { output: `No answer came (${messageOf(error)}), and reading shows everything as it was before ${original.id}.` };
      }
    },
    async check({ action }, context) {
      const original = await originalOf(action, context);
      return kindOf(original.action).checkUndone(original, context);
    },
    previewUndo: (change) => Promise.reject(new UndoRefusedError(change.undo.description)),
    undo: (change) => Promise.reject(new UndoRefusedError(change.undo.description)),
    checkUndone: () => Promise.resolve({ ok: false, details: ['an undo is not undone: propose the change again'] }),
  };

  async function prepare(action: Action, context: KindContext): Promise<Preview> {
    const original = await originalOf(action, context);
    const kind = kindOf(original.action);
    if (!mayBeTakenBack(original.state)) throw new RefusedError(`${original.id} is ${original.state}: only a change that ran and is still in place can be taken back.`);
    if (original.undo.kind !== 'automatic') throw new RefusedError(`${original.id} can not be taken back: ${original.undo.description}`);
    const { preview, resolved } = await kind.previewUndo(original, context).catch((error: unknown) => {
      throw error instanceof UndoRefusedError ? new RefusedError(error.message) : error;
    });
    return {
      command: original.undo.command,
      preview,
      resolved: { change: original.id, digest: original.digest, written: original.written ?? {}, now: resolved },
      undo: { kind: 'not_needed', command: [], description: `This takes ${original.id} back; to have ${original.id} again, propose it again.` },
      checks: [`everything is as it was before ${original.id}`],
      blastRadius: original.blastRadius,
      facts: original.facts,
    };
  }
}

/** Of a failed or unknown one the kind's own preview must show that what it wrote is in place. */
export function mayBeTakenBack(state: ChangeState): boolean {
  return state === 'done' || state === 'failed' || state === 'unknown';
}

async function originalOf({ change }: Action, context: KindContext): Promise<Change> {
  const original = await context.changeOf?.(change);
  if (!original) throw new RefusedError(`There is no change ${change}.`);
  // What is taken back is what its approval named, not what its row says by now.
  if (!verifyDigest(original)) throw new RefusedError(`The stored ${change} is not the one that was approved: somebody altered it. Take it back by hand.`);
  return original;
}

function isBoundTo({ digest, written }: Record<string, unknown>, original: Change): boolean {
  return digest === original.digest && canonicalJson(written ?? {}) === canonicalJson(original.written ?? {});
}
