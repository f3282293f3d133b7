/** What every action kind must do, on the real system. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Action } from '../../src/changes/action.ts';
import type { ActionKind, KindContext } from '../../src/changes/actions/kind.ts';
import type { Change } from '../../src/changes/change.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../src/changes/errors.ts';
import { sqlWarnings } from '../../src/changes/sql-rules.ts';
import { canonicalJson } from '../../src/changes/canonical-json.ts';
import { changeFrom } from '../support/changes.ts';

export interface KindWorld {
  context: KindContext;
  action: Action;
  /** Well-formed, but of something that does not exist. */
  impossibleAction: Action;
  /** All that the action could touch, comparable with toEqual. */
  snapshot(): Promise<unknown>;
  /** Everything that was sent to the target so far. */
  sent(): string;
  /** Somebody else changes the object between approval and run. */
  move(): Promise<void>;
  /** Waits until what the run set going can be seen, where that takes a moment. */
  settle?(): Promise<void>;
  /** Somebody else changes the object after the run. */
  moveAfter(): Promise<void>;
  close(): Promise<void>;
}

export function describeActionKind(kind: ActionKind, open: () => Promise<KindWorld>): void {
  describe(`${kind.kind} keeps the contract of action kinds`, () => {
    let world: KindWorld;
    let change: Change;
    beforeEach(async () => {
      world = await open();
      change = changeFrom(world.action, await kind.prepare(world.action, world.context));
    });
    afterEach(() => world.close());

    async function execute(): Promise<void> {
      const { output, written } = await kind.execute(change, world.context);
      expect(output).not.toBe('');
      await world.settle?.();
      change = { ...change, ...(written && { written }) };
    }

    test('a preview changes nothing and says all that a person needs', async () => {
      const before = await world.snapshot();
      const sent = world.sent();
      const prepared = await kind.prepare(world.action, world.context);
      await sqlWarnings(kind.kind, prepared);
      expect(await world.snapshot()).toEqual(before);
      expect(prepared.command.length).toBeGreaterThan(0);
      for (const text of [prepared.preview, prepared.blastRadius, prepared.undo.description, ...prepared.checks]) expect(text).not.toBe('');
      expect(world.sent().length).toBeGreaterThan(sent.length);
    });

    test('what ran is what was shown', async () => {
      const sent = world.sent().length;
      await execute();
      const during = world.sent().slice(sent);
      for (const command of change.command) expect(during).toContain(command);
    });

    test('nothing moved: it may run, it shows, and the check says so only afterwards', async () => {
      expect(kind.drift(change, await kind.prepare(world.action, world.context))).toBeUndefined();
      const before = await world.snapshot();
      await execute();
      expect(await world.snapshot()).not.toEqual(before);
      expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    });

    test('a change that did not take is caught', async () => {
      expect(await kind.check(change, world.context)).toMatchObject({ ok: false });
    });

    test('undo restores exactly what was there, or says that it can not', async () => {
      const before = await world.snapshot();
      await execute();
      const sent = world.sent().length;
      const outcome = await kind.undo(change, world.context).then(() => 'automatic', (error: unknown) => (error instanceof UndoRefusedError ? 'impossible' : error));
      expect(outcome).toBe(change.undo.kind === 'automatic' ? 'automatic' : 'impossible');
      for (const command of change.undo.command) expect(world.sent().slice(sent)).toContain(command);
      expect(canonicalJson(await world.snapshot()) === canonicalJson(before)).toBe(outcome === 'automatic');
      expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: outcome === 'automatic' });
    });

    test('undo leaves alone what somebody else wrote since', async () => {
      await execute();
      await world.moveAfter();
      const after = await world.snapshot();
      await expect(kind.undo(change, world.context)).rejects.toThrow(UndoRefusedError);
      expect(await world.snapshot()).toEqual(after);
    });

    // Optional until every kind has one: those without show here as skipped.
    describe('a preview of the undo', () => {
      const preview = (): Promise<{ preview: string; resolved: Record<string, unknown> } | UndoRefusedError> => kind.previewUndo(change, world.context).catch((error: unknown) => {
        if (error instanceof UndoRefusedError) return error;
        throw error;
      });

      test('changes nothing and says what it would do, the same twice; it refuses where there is no undo', async () => {
        await execute();
        const after = await world.snapshot();
        const [first, second] = [await preview(), await preview()];
        expect(await world.snapshot()).toEqual(after);
        expect(first instanceof UndoRefusedError).toBe(change.undo.kind !== 'automatic');
        expect(first instanceof UndoRefusedError ? first.message : first.preview).toMatch(/\w+ .+/);
        expect(JSON.stringify(second)).toBe(JSON.stringify(first));
      });

      test('refuses after somebody else moved it', async () => {
        await execute();
        await world.moveAfter();
        expect(await preview()).toBeInstanceOf(UndoRefusedError);
      });

      test('refuses what is undone already, or can not be', async () => {
        await execute();
        await kind.undo(change, world.context).catch(() => undefined);
        expect(await preview()).toBeInstanceOf(UndoRefusedError);
      });
    });

    test('drift is seen: the second preview refuses, or differs', async () => {
      await world.move();
      const drift = await kind.prepare(world.action, world.context).then((fresh) => kind.drift(change, fresh), refusalOf);
      expect(drift).toMatch(/\w+ .+/);
    });

    test('the write itself refuses a world that moved', async () => {
      await world.move();
      const moved = await world.snapshot();
      const error = await kind.execute(change, world.context).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ExecutionError);
      expect((error as ExecutionError).effect).toBe('none');
      expect(await world.snapshot()).toEqual(moved);
    });

    test('what does not exist has no preview', async () => {
      await expect(kind.prepare(world.impossibleAction, world.context)).rejects.toThrow(RefusedError);
    });

    test('its schema takes its action and refuses a smuggled field of another type', () => {
      expect(kind.schema.parse(world.action)).toEqual(world.action);
      expect(kind.schema.safeParse({ ...world.action, kind: 'shell' }).success).toBe(false);
    });
  });
}

function refusalOf(error: unknown): string {
  if (error instanceof RefusedError) return error.message;
  throw error;
}
