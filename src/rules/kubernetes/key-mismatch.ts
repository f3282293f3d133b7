/** Callers are refused with 401 or 403 because who issues and who checks hold different versions of one secret. */
import type { FindingBody } from '../../incident/types.ts';
import type { Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { failed, isServiceUnwell } from '../service/health.ts';
import { mentions } from '../service/process.ts';
import { list } from '../words.ts';
import { servicesOfTemplate } from './dependencies.ts';
import { podsOf } from './pods.ts';
import { at, namespaceRule, resourceOf, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { short, wordsOf } from './trouble-words.ts';

const refused = /\b(?:HTTP|status(?: ?code)?|code|answered|returned|responded|replied)\W{0,4}(?:with |HTTP )?40[13]\b|\b40[13]\b\W{0,4}(?:unauthori[sz]ed|forbidden|denied|invalid|refused)|\bUNAUTHENTICATED\b|\bPERMISSION_DENIED\b/i;
const aboutKeys = /signature|signed with|\bkid\b|\bjwk|(?:wrong|unknown|invalid|stale|old|no such) (?:signing )?key|\bhmac\b|decrypt/i;

export const keyMismatch = namespaceRule('key-mismatch', (scope) => {
  const said = textsOf(scope).filter(({ text }) => refused.test(text));
  if (said.length === 0) return [];
  return scope.namespace.workloads.value.flatMap((checker) => {
    const names = [checker.name, ...servicesOfTemplate(checker.template, scope).map((one) => one.name)];
    const own = said.filter(({ text, pod }) => names.some((name) => mentions(text, name)) && (pod === undefined || !pod.startsWith(`${checker.name}-`)));
    const line = own.findLast(({ text }) => aboutKeys.test(text)) ?? textsOf(scope).findLast(({ text, pod }) => own.length > 0 && pod?.startsWith(`${checker.name}-`) === true && aboutKeys.test(text));
    return line === undefined ? [] : describe(scope, checker, line);
  });
});

interface Said {
  text: string;
  pod?: string;
  quote: FindingBody['quotes'];
}

function textsOf({ namespace, readings }: Scope): Said[] {
  const logs = namespace.logs.flatMap(({ value, evidence }) => value.lines.map((text): Said => ({ text: text.trim(), pod: value.pod, quote: quoteLine(evidence, text.trim().slice(0, 200)) })));
  const answers = readings.services.filter(isServiceUnwell).flatMap(({ checks }) => checks.flatMap(({ value, evidence }) => value.samples.filter(failed).flatMap(({ body }): Said[] => (body === undefined ? [] : [{ text: body, quote: quoteLine(evidence, body.slice(0, 60)) }]))));
  return [...logs, ...answers];
}

/** It shares a Secret with a workload whose pods began later: what changed in between only the later ones have read. */
function describe(scope: Scope, checker: Workload, { text, quote }: Said): FindingBody[] {
  const mine = startOf(scope, checker);
  const shared = secretsOf(checker).flatMap((secret) => {
    const later = scope.namespace.workloads.value.filter((other) => other !== checker && secretsOf(other).includes(secret) && startOf(scope, other) > mine);
    return mine === '' || later.length === 0 ? [] : [{ secret, later }];
  });
  const [found] = shared;
  if (found === undefined || shared.length > 1) return [];
  const others = list(found.later.slice(0, 3).map(({ name }) => name));
  return [{
    severity: 'critical',
    resource: workloadResourceOf(scope, checker),
    mechanism: 'signing-key-mismatch',
    title: `${checker.name} refuses what ${others} signs: it holds an older version of Secret ${found.secret}`,
    explanation: `${short(wordsOf(text), 160)}. ${checker.name} and ${others} read Secret ${found.secret} as variables, which happens at start. The pods of ${checker.name} began at ${mine}, those of ${others} later, so a key that was replaced in between is known to ${others} only. ${resourceOf(scope, 'secret', found.secret)} itself is not read. A restart makes ${checker.name} read it again, and checks nothing less.`,
    confidence: 0.86,
    quotes: [...quote, ...quoteLine(scope.namespace.pods.evidence, `pod ${podsOf(checker, scope.namespace)[0]?.name ?? checker.name}:`)],
    ...(isRefusedNow(scope) ? { remedy: { kind: 'kubectl.rollout_restart' as const, ...at(scope), workload: checker.kind, name: checker.name } } : {}),
  }];
}

/** A line in a log may be of yesterday: a check fails with it. */
function isRefusedNow({ readings }: Scope): boolean {
  return readings.services.filter(isServiceUnwell).some(({ checks }) => checks.some(({ value }) => value.samples.filter(failed).some(({ status, body = '' }) => status === 401 || status === 403 || refused.test(body))));
}

function secretsOf({ template }: Workload): string[] {
  return [...new Set(template.containers.flatMap((one) => [...one.environmentFrom, ...one.environment.flatMap(({ from }) => (from === undefined ? [] : [from]))]).filter(({ kind }) => kind === 'secret').map(({ name }) => name))];
}

/** When the oldest of its pods that run began; empty when that is not known. */
function startOf({ namespace }: Scope, workload: Workload): string {
  return podsOf(workload, namespace).flatMap((pod) => pod.containers.filter((one) => !one.init).map((one) => one.running?.startedAt ?? '')).filter((time) => time !== '').sort()[0] ?? '';
}
