/** `sre-agent policy`: is it well-formed, and why does it decide as it does. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Action } from '../changes/action.ts';
import { actionSchema, targetOf } from '../changes/action.ts';
import type { Change } from '../changes/change.ts';
import type { Policy } from '../changes/policy.ts';
import { createPolicy } from '../changes/policy.ts';
import { doubtsAbout, explainRuling, rowsToText } from '../changes/policy/explain.ts';
import type { Row } from '../changes/policy/explain.ts';
import { matterOf, questionOf } from '../changes/question.ts';
import { loadConfiguration } from '../config/load.ts';
import type { Store } from '../incident/store.ts';
import type { Command, Surroundings } from './command.ts';
import { UsageError } from './command.ts';
import { withStore } from './with-store.ts';

export const policyCommand: Command = {
  name: 'policy',
  summary: 'checks the policy, and says why it decides as it does',
  usage: [
    'policy check                     reads CONFIG_FILE',
    'policy explain C12 [--at TIME]   a change of the database: DATABASE_URL',
    'policy explain FILE --risk high  an action as JSON, without a database',
    'policy explain --action \'{"kind":"kubectl.scale",...}\' --risk low|medium|high [--channel C0123456789] [--undo automatic|not_needed|impossible] [--proposed-by rules|claude|person] [--at TIME]',
  ],
  async run([word, ...rest], surroundings) {
    if (word === 'check') return check(rest, surroundings);
    if (word === 'explain') return explain(rest, surroundings);
    throw new UsageError(word === undefined ? 'Say what to do with the policy.' : `sre-agent policy has no ${word}.`);
  },
};

function check(words: readonly string[], { variables, print }: Surroundings): number {
  if (words.length > 0) throw new UsageError(`policy check takes no ${words[0]}; it reads the file that CONFIG_FILE names.`);
  const { path, policy } = readPolicy(variables);
  print(`${path}: the policy is well-formed; its version is ${policy.version}.`);
  for (const doubt of doubtsAbout(policy.settings, new Date())) print(`Look again: ${doubt}.`);
  return 0;
}

async function explain(words: readonly string[], { variables, print }: Surroundings): Promise<number> {
  const { values, positionals } = parse(words);
  const at = timeOf(values.at);
  const [subject] = positionals;
  if ((subject === undefined) === (values.action === undefined)) throw new UsageError('Name a change (C12), a file with an action, or give one with --action.');
  const { policy, channel } = readPolicy(variables);
  const id = subject !== undefined && /^c[1-9][0-9]*$/i.test(subject) && !existsSync(subject) ? subject.toUpperCase() : undefined;
  const rows = id === undefined ? explainAction(actionOf(values.action ?? readText(subject ?? '')), values, policy, channel, at) : await withStore(variables, (store) => explainChange(store, id, policy, at));
  for (const line of rowsToText(rows)) print(line);
  return 0;
}

async function explainChange(store: Store, id: string, policy: Policy, at: Date): Promise<Row[]> {
  const change = await store.changes.get(id);
  if (!change) throw new UsageError(`There is no change ${id} in this database.`);
  if (change.digest === '' && change.command.length === 0) throw new UsageError(`${id} is ${change.state} and was never previewed: there is no risk to rule on.`);
  const matter = await matterOf(store, change);
  return [
    ['change', `${id}, ${change.state}, ${change.incidentId}: ${change.title}`],
    ['kind', `${change.action.kind}${matter.isUndo ? `, of a ${matter.kind}` : ''}`],
    ['risk', change.risk.level, ...change.risk.reasons.map((reason) => `- ${reason}`)],
    ['undo', `${change.undo.kind}: ${change.undo.description}`],
    ...explainRuling(policy.settings, questionOf(matter, change, at)),
    ...boundRows(change, policy),
  ];
}

/** What people were shown, where that was under another policy or at another time. */
function boundRows({ policy: bound, digest, expiresAt }: Change, policy: Policy): Row[] {
  if (digest === '') return [];
  const same = bound.version === policy.version ? 'the same as this one' : `another one than this one (${policy.version}), so it is shown again before it runs`;
  return [
    ['shown with', `policy ${bound.version}: ${same}`, `${bound.approvalsNeeded} ${bound.approvalsNeeded === 1 ? 'approval' : 'approvals'}; it expires ${expiresAt}`],
    ['digest', digest],
  ];
}

function explainAction(action: Action, values: Options, policy: Policy, alerts: string, at: Date): Row[] {
  const given = oneOf('risk', values.risk, ['low', 'medium', 'high'] as const);
  const matter = { kind: action.kind, target: targetOf(action), channel: values.channel ?? alerts, proposedBy: oneOf('proposed-by', values['proposed-by'] ?? 'rules', ['rules', 'claude', 'person'] as const), isUndo: action.kind === 'change.undo', triedBefore: false };
  const undo = { kind: oneOf('undo', values.undo ?? 'automatic', ['automatic', 'not_needed', 'impossible'] as const) };
  return [
    ['kind', action.kind],
    ['risk', `${given}, as given; a preview computes it, and quiet hours may raise it`],
    ['undo', `${undo.kind}, as given`],
    ['channel', matter.channel],
    ...explainRuling(policy.settings, questionOf(matter, { risk: { level: given }, undo }, at)),
  ];
}

type Options = { action?: string; risk?: string; channel?: string; undo?: string; 'proposed-by'?: string; at?: string };

function parse(words: readonly string[]): { values: Options; positionals: string[] } {
  const text = { type: 'string' } as const;
  try {
    const parsed = parseArgs({ args: [...words], allowPositionals: true, options: { action: text, risk: text, channel: text, undo: text, 'proposed-by': text, at: text } });
    if (parsed.positionals.length > 1) throw new TypeError(`too many words: ${parsed.positionals.join(' ')}`);
    return parsed;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function actionOf(text: string): Action {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The action is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = actionSchema.safeParse(value);
  if (!parsed.success) throw new UsageError(`The action is not well-formed: ${parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ')}`);
  return parsed.data;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`There is no readable file ${path}, and it is no change such as C12.`);
  }
}

function oneOf<const T extends string>(name: string, value: string | undefined, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new UsageError(`--${name} must be one of ${allowed.join(', ')}.`);
  return found;
}

function timeOf(text: string | undefined): Date {
  const time = text === undefined ? new Date() : new Date(text);
  if (Number.isNaN(time.getTime())) throw new UsageError('--at takes a time such as 2026-12-24T18:00:00Z.');
  return time;
}

function readPolicy(variables: Surroundings['variables']): { path: string; policy: Policy; channel: string } {
  const path = variables['CONFIG_FILE'] ?? 'sre-agent.yaml';
  const { policy, channels } = loadConfiguration(path, variables);
  return { path, policy: createPolicy(policy), channel: channels.alerts };
}
