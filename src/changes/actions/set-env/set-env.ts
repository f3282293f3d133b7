/** kubectl.set_env: one plain variable of one container, set or removed. */
import { isSecretVariable } from '../../../redaction/secret-names.ts';
import { quoteForPeople } from '../../../tools/kubectl/quote.ts';
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { setEnvSchema } from '../../kubernetes-actions.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import { at, difference, isObject } from '../kubectl/json-patch.ts';
import { listAt } from '../kubectl/objects.ts';
import { newDestinations } from '../kubectl/destinations.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { readRevisions } from '../kubectl/revisions.ts';
import { containerPath, rolloutPlan, typed, workloadReference } from '../kubectl/rollout-plan.ts';
import { refuseVariable } from '../kubectl/variables.ts';
import { rolloutOf } from '../kubectl/workload.ts';

type Action = ActionOf<'kubectl.set_env'>;

export const setEnvKind = patchKind<Action>({ kind: 'kubectl.set_env', schema: setEnvSchema, reference: workloadReference, risk: (_action, { pods = 0, novelValue }) => ({ level: 'medium', reasons: [`${pods} pods replaced by ones that are set up differently`, ...(novelValue ? ['no earlier revision had this value'] : [])] }), plan, settled: rolloutOf });

async function plan({ action, live, kubectl }: Scene<Action>): Promise<Plan> {
  const { variable, value, container } = action;
  if (isSecretVariable(variable)) throw new RefusedError(`${variable} names a secret: sre-agent neither shows nor carries secrets. Keep it in a Secret (kubectl.secret_key) and reference it from there.`);
  const earlier = await revisionWith(action, live, kubectl);
  if (value !== null && earlier === undefined) refuseVariable(variable, value);
  const path = `${containerPath(action, live)}/env`;
  const before = at(live, path);
  const entries = listAt(live, path);
  if (value === null && !entries.some((entry) => entry['name'] === variable)) throw new RefusedError(`Container ${container} does not set ${variable} itself; a ConfigMap or Secret (envFrom) may.`);
  const after = withVariable(entries, variable, value);
  const present = entries.find((entry) => entry['name'] === variable)?.['value'];
  const destinations = earlier === undefined ? newDestinations(typeof present === 'string' ? present : '', value ?? '') : [];
  const rollout = await rolloutPlan({ action, live, kubectl }, {
    // The key stays behind empty rather than going: either way there is no variable.
    changes: difference(before, after.length === 0 && before === undefined ? undefined : after, path),
    equivalent: `kubectl set env ${typed(action)} --containers=${container} ${value === null ? `${variable}-` : `${variable}=${quoteForPeople(value)}`}`,
    notes: [
      ...(listAt(live, `${containerPath(action, live)}/envFrom`).length > 0 ? ['What the container takes from ConfigMaps and Secrets (envFrom) is overridden by what stands here.'] : []),
      earlier === undefined ? 'No revision in the rollout history had it so: the value is new.' : `Revision ${earlier} had it so.`,
    ],
    check: value === null ? `container ${container} does not set ${variable}` : `container ${container} sets ${variable} to ${JSON.stringify(value)}`,
  });
  return { ...rollout, facts: { ...rollout.facts, ...(earlier === undefined && { novelValue: true }), ...(destinations.length > 0 && { newDestinations: destinations }) } };
}

/** The newest revision whose container had this variable like this; undefined when none had, or the history can't be read. */
async function revisionWith({ container, variable, value }: Action, live: JsonObject, kubectl: Kubectl): Promise<number | undefined> {
  const revisions = await readRevisions(live, kubectl).catch(() => []);
  return revisions.findLast(({ template }) => listAt(template, '/spec/containers').some((one) => {
    const entry = listAt(one, '/env').find((each) => each['name'] === variable);
    return one['name'] === container && (value === null ? entry === undefined : entry?.['value'] === value);
  }))?.revision;
}

function withVariable(entries: readonly JsonObject[], name: string, value: string | null): Json[] {
  if (value === null) return entries.filter((entry) => entry['name'] !== name);
  const entry: JsonObject = { name, value };
  return entries.some((one) => one['name'] === name) ? entries.map((one) => (isObject(one) && one['name'] === name ? entry : one)) : [...entries, entry];
}
