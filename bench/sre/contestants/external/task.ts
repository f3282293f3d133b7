/** The task as an external agent reads it: what was reported, what there is, in which words to answer. Never which scenario it is. */
import { z } from 'zod';
import { mechanisms } from '../../../../playground/scenarios/mechanisms.ts';
import type { Ask } from '../../../../playground/scenarios/scenario.ts';
import type { Site } from '../contestant.ts';
import { servicesOf } from '../wellness.ts';

const databasesSchema = z.array(z.object({ name: z.string(), kind: z.string(), read: z.string().optional(), write: z.string().optional() }));
const clustersSchema = z.array(z.object({ name: z.string(), kubeconfig: z.string(), write: z.string().optional(), namespaces: z.array(z.string()) }));

export function taskOf({ view, namespace, limits }: Pick<Site, 'view' | 'namespace' | 'limits'>, ask: Ask, answer: string) {
  return {
    format: 1,
    ask: { ...ask, in_words: inWords(ask) },
    do: 'Find out why, repair it if it is broken and yours to repair, and write the answer. If nothing is wrong, or it is not yours to repair, change nothing and say so.',
    namespace,
    services: servicesOf(view).map(({ latency_budget_ms, depends_on, ...service }) => ({ ...service, latency_budget_ms, depends_on })),
    databases: databasesSchema.parse(view.targets['databases'] ?? []).map(({ read, write, ...database }) => ({ ...database, read: variable(read), write: variable(write) })),
    clusters: clustersSchema.parse(view.targets['clusters'] ?? []).map(({ kubeconfig, write, ...cluster }) => ({ ...cluster, read: variable(kubeconfig), write: variable(write) })),
    answer: {
      file: answer,
      shape: { root: '{ resource: "kind/name", mechanism: one of `mechanisms`, title, confidence? }, or null when nothing is wrong', chain: 'resources from the cause to the symptom', summary: 'a paragraph', changes: '[{ title, command }]: what you did' },
      resources: 'kind/name, the kind in lower-case singular: deployment/cart, networkpolicy/x, database/orders-db, role/reporting, table/orders',
    },
    mechanisms: Object.fromEntries(Object.entries(mechanisms).map(([name, { means }]) => [name, means])),
    deadline_seconds: limits.seconds,
    dollars: limits.dollars,
  };
}

function inWords(ask: Ask): string {
  if (ask.by === 'person') return ask.text;
  if (ask.by === 'pagerduty') return `PagerDuty: ${ask.title} (service ${ask.service})`;
  return `Alertmanager: ${ask.alertname} (${ask.severity}): ${ask.summary}. ${ask.description}`;
}

/** `${NAME}` names a variable of the environment; so does the task. */
function variable(reference: string | undefined): { environment_variable: string } | undefined {
  const name = /^\$\{(.+)\}$/.exec(reference ?? '')?.[1];
  return name === undefined ? undefined : { environment_variable: name };
}
