/** Objects of the cluster's extensions that are not well: their own controller says so, or does not keep up with them. */
import type { FindingBody } from '../../incident/types.ts';
import type { Condition, CustomResource } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { newestWrite } from './configuration-drift.ts';
import { writtenAt } from './drift-gate.ts';
import { driftQuotes, driftWords, restoring } from './drift.ts';
import { operatorsOf } from './operators.ts';
import { namespaceRule, resourceOf, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { short } from './trouble-words.ts';

const graceSeconds = 60;
const good = /^(?:Ready|Available|Synced|Healthy|Reconciled|Established|Programmed|Accepted|Succeeded|Valid)$/;
const bad = /^(?:Degraded|Failed|Stalled|Error|Failure|Invalid)$/;
/** Operators write it as a word or as a sentence. */
const badPhase = /invalid|fail|error|unable|degraded|reject|refus|stall/i;
/** It will come by itself. */
const underWay = /progress|pending|waiting|creating|provisioning|scheduled|initiali|suspend|paused/i;

export const customResources = namespaceRule('custom-resource-unwell', (scope) => scope.namespace.customResources.value.flatMap((resource) => (changed(scope, resource) ?? behind(scope, resource) ?? unwell(scope, resource) ?? [])));

export const customResourceOf = (scope: Scope, { kind, name }: CustomResource): string => resourceOf(scope, kind.replace(/[^a-z]/g, ''), name);

function unwell(scope: Scope, resource: CustomResource): FindingBody[] | undefined {
  const condition = worst(resource);
  if (condition === undefined || secondsAgo(scope, condition.since ?? resource.createdAt) < graceSeconds) return undefined;
  return [{
    severity: 'warning',
    resource: customResourceOf(scope, resource),
    mechanism: 'custom-resource-unwell',
    title: `${resource.kind} ${resource.name} is not well: ${condition.type} is ${condition.status}${condition.reason === '' ? '' : ` (${condition.reason})`}`,
    explanation: `Its controller says: ${short(condition.message || condition.reason || condition.status, 300)}. What it should be is for whoever wrote it to say.`,
    confidence: 0.8,
    quotes: conditionQuote(scope, resource, condition),
  }];
}

function conditionQuote(scope: Scope, { kind, name }: CustomResource, condition: Condition): FindingBody['quotes'] {
  const { evidence } = scope.namespace.customResources;
  const own = quoteLine(evidence, `${condition.type}=${condition.status}`, condition.message.slice(0, 60));
  return own.length > 0 ? own : quoteLine(evidence, `${kind} ${name} says`);
}

function worst({ conditions, phase = '', phaseMessage = '' }: CustomResource): Condition | undefined {
  const said: Condition[] = badPhase.test(phase) ? [{ type: 'phase', status: 'Failed', reason: phase, message: phaseMessage || phase }] : [];
  const found = [...said, ...conditions].filter((one) => (good.test(one.type) && one.status === 'False') || (bad.test(one.type) && one.status === 'True') || (one.type === 'phase' && /^(?:Failed|Error|Degraded|Invalid|Rejected)$/.test(one.status)));
  return found.find((one) => !underWay.test(one.reason));
}

/** Somebody changed what it asks for, and since then its controller does not call it good, whatever the reason. */
function changed(scope: Scope, resource: CustomResource): FindingBody[] | undefined {
  const { drift, conditions, phase } = resource;
  const fields = drift === undefined ? [] : newestWrite(drift.fields.filter(({ path }) => path.startsWith('spec.')));
  const refused = conditions.find((one) => (good.test(one.type) && one.status === 'False') || (bad.test(one.type) && one.status === 'True')) ?? worst({ ...resource, conditions: [] });
  if (drift === undefined || fields.length === 0 || refused === undefined || isBehind(resource)) return undefined;
  // What it could not do before the change either is not the change's doing.
  if (Date.parse(refused.since ?? '') < writtenAt(fields) - 2_000) return undefined;
  const remedy = restoring(scope, drift, fields);
  return [{
    severity: 'warning',
    resource: customResourceOf(scope, resource),
    mechanism: 'custom-resource-invalid',
    title: `${resource.kind} ${resource.name} is not in force since it was changed by hand: ${phase ?? `${refused.type} is ${refused.status}`} (${short(refused.message || refused.reason, 80)})`,
    explanation: `Its controller did with it what it should before. ${driftWords({ fields })}. ${remedy === undefined ? 'No change from here may put that back.' : 'What it was is noted on the object itself.'}`,
    confidence: 0.88,
    quotes: [...driftQuotes(scope, { ...drift, fields }), ...conditionQuote(scope, resource, refused)],
    ...(remedy === undefined ? {} : { remedy }),
  }];
}

const isBehind = ({ generation = 0, observedGeneration }: CustomResource): boolean => observedGeneration !== undefined && observedGeneration < generation;
const reconcileSeconds = 15;

/** Its controller has not seen what is asked for: the controller is what to look at. */
function behind(scope: Scope, resource: CustomResource): FindingBody[] | undefined {
  const written = (resource.changes ?? []).find((one) => one.subresource === undefined)?.at;
  if (!isBehind(resource) || secondsAgo(scope, written) < reconcileSeconds) return undefined;
  const operator = operatorsOf(scope, resource)[0];
  return [{
    severity: 'warning',
    resource: customResourceOf(scope, resource),
    mechanism: 'controller-behind',
    title: `${resource.kind} ${resource.name} was changed and its controller has not taken it up (generation ${resource.generation}, seen ${resource.observedGeneration})`,
    explanation: `What it asks for now is not in force${operator === undefined ? '; which program looks after it is not known' : `; ${operator.kind} ${operator.name} looks after it`}.`,
    confidence: 0.85,
    quotes: [...quoteLine(scope.namespace.customResources.evidence, `${resource.kind} ${resource.name} is of generation`), ...quoteLine(scope.namespace.customResources.evidence, `${resource.kind} ${resource.name} says`)],
    ...(operator === undefined ? {} : { blames: workloadResourceOf(scope, operator) }),
  }];
}
