/** Objects of the cluster's extensions whose own controller says that they are not well. */
import type { FindingBody } from '../../incident/types.ts';
import type { Condition, CustomResource } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { namespaceRule, resourceOf, secondsAgo } from './scope.ts';
import { short } from './trouble-words.ts';

const graceSeconds = 60;
const good = /^(?:Ready|Available|Synced|Healthy|Reconciled|Established|Programmed|Accepted|Succeeded|Valid)$/;
const bad = /^(?:Degraded|Failed|Stalled|Error|Failure|Invalid)$/;
/** It will come by itself. */
const underWay = /progress|pending|waiting|creating|provisioning|scheduled|initiali|suspend|paused/i;

export const customResources = namespaceRule('custom-resource-unwell', (scope) => scope.namespace.customResources.value.flatMap((resource): FindingBody[] => {
  const condition = worst(resource);
  if (condition === undefined || secondsAgo(scope, condition.since ?? resource.createdAt) < graceSeconds) return [];
  return [{
    severity: 'warning',
    resource: resourceOf(scope, resource.kind.replace(/[^a-z]/g, ''), resource.name),
    mechanism: 'custom-resource-unwell',
    title: `${resource.kind} ${resource.name} is not well: ${condition.type} is ${condition.status}${condition.reason === '' ? '' : ` (${condition.reason})`}`,
    explanation: `Its controller says: ${short(condition.message || condition.reason || condition.status, 300)}. What it should be is for whoever wrote it to say.`,
    confidence: 0.8,
    quotes: quoteLine(scope.namespace.customResources.evidence, `${condition.type}=${condition.status}`, condition.message.slice(0, 60)),
  }];
}));

function worst({ conditions }: CustomResource): Condition | undefined {
  const found = conditions.filter((one) => (good.test(one.type) && one.status === 'False') || (bad.test(one.type) && one.status === 'True') || (one.type === 'phase' && /^(?:Failed|Error|Degraded|Invalid|Rejected)$/.test(one.status)));
  return found.find((one) => !underWay.test(one.reason));
}
