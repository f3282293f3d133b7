/** Gathers what one investigation works with, and takes the rules' first look at the systems. */
import { createBudget } from '../agents/budget.ts';
import type { Budget, Investigation } from '../agents/agents.ts';
import { textOf } from '../agents/rules/asked.ts';
import { focusOf, namesIn } from '../agents/rules/focus.ts';
import type { PriceOf } from '../agents/prices.ts';
import type { Targets } from '../config/targets.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { detectAll } from '../rules/detect-all.ts';
import { unreadOf } from '../rules/verify.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createRecorder } from '../tools/evidence.ts';
import { collectReadings } from '../tools/readings/collect.ts';
import type { Tool } from '../tools/tool.ts';
import { createAdmit, findingsOf } from './admit.ts';
import { clearFinding, clearUnread } from './clear-of-secrets.ts';
import type { StoredEvent } from './events.ts';
import { pastIncidents } from './past.ts';
import { throwIfStopped } from './stopped.ts';
import type { Store } from './store.ts';
import type { Incident } from './types.ts';

export interface InvestigationParts {
  store: Store;
  targets: Targets;
  tools: readonly Tool[];
  redactor: Redactor;
  limits: Budget['limits'];
  /** The first look takes one area after the other. */
  inTurn?: boolean;
  priceOf: PriceOf;
  metrics: Metrics;
  log: Logger;
}

export type CreateInvestigation = (id: string, incident: Incident, events: readonly StoredEvent[], signal: AbortSignal) => Promise<Investigation>;

export function investigationFactory({ store, targets, tools, redactor, limits, inTurn, priceOf, metrics, log }: InvestigationParts): CreateInvestigation {
  return async (id, incident, events, workerSignal) => {
    const signal = AbortSignal.any([workerSignal, AbortSignal.timeout(limits.seconds * 1000)]);
    const record = createRecorder({ evidence: store.evidence, redactor, incidentId: incident.id });
    const number = createAdmit(incident.id, events, store.evidence);
    const admit: Investigation['admit'] = async (specialist, source, body) => number(specialist, source, await clearFinding(body, redactor.redact));
    const append: Investigation['append'] = async (event) => void (await store.timeline.append(incident.id, event));
    const budget = await createBudget({
      incidentId: incident.id, limits, priceOf, modelCalls: store.modelCalls,
      onCall: (call) => metrics.modelCall(call.model, call.agent, call.inputTokens + call.outputTokens + call.cacheReadTokens + call.cacheWriteTokens, call.dollars),
      onSpend: ({ dollars, modelCalls, tokens, seconds }) => append({ type: 'budget.updated', dollars, limitDollars: limits.dollars, modelCalls, tokens, seconds, limitSeconds: limits.seconds }),
    });
    const checkpoint = async () => {
      await throwIfStopped(store, incident.id);
      signal.throwIfAborted();
    };

    await checkpoint();
    const begun = Date.now();
    const alerts = alertsOf(events);
    const readings = await clearUnread(await collectReadings({ targets, record, signal, log, about: textOf(alerts), ...(inTurn !== undefined && { inTurn }) }), redactor.redact);
    const findings = [];
    for (const { rule, specialist, finding } of detectAll(readings, targets)) findings.push(await admit(specialist, rule, finding));
    const rules = { readings, findings, unread: unreadOf(readings), seconds: (Date.now() - begun) / 1000 };
    await append({ type: 'rules.looked', investigation: id, findings, unread: rules.unread, seconds: rules.seconds });

    const focus = focusOf(alerts, targets);
    return {
      id, incident, targets, tools, record, admit, append, checkpoint, budget, signal,
      alerts,
      past: () => pastIncidents({ store, incident, isAlike: (title) => namesIn(title, focus).length > 0 }),
      findings: async () => (await store.timeline.read(incident.id)).flatMap(({ event }) => findingsOf(event)),
      evidence: (evidenceId) => store.evidence.get(incident.id, evidenceId),
      listEvidence: () => store.evidence.list(incident.id),
      rules,
      turns: store.turns,
    };
  };
}

function alertsOf(events: readonly StoredEvent[]): Investigation['alerts'] {
  return events.flatMap(({ event, at }) =>
    event.type === 'incident.opened' || event.type === 'alert.joined'
      ? [{ title: event.alert.title, description: event.alert.description, service: event.alert.service, at }]
      : [],
  );
}
