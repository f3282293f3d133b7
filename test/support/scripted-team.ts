/** The model's part of an investigation, computed from its requests: an orchestrator that briefs the Kubernetes specialist, and that specialist. */
import type { ModelReply, ModelRequest, Script } from './scripted-model.ts';

/** One tool result that the specialist got. */
export interface Seen {
  id: string;
  text: string;
}

export interface Claim {
  resource: string;
  mechanism: string;
  /** A line of the result at this index that holds these words becomes the quote. */
  quote: { result: number; words: string };
}

export interface Case {
  /** Words of the report by which a request is known to belong to this case. */
  title: string;
  /** Rounds of tool calls; a later round sees the results of the earlier ones. */
  looks: ((seen: Seen[]) => { name: string; input: unknown }[])[];
  claims(seen: Seen[]): Claim[];
  /** `findings`: ids by resource. */
  changes(report: { findings: { id: string; resource: string }[]; text: string }): { title: string; resource: string; action: unknown }[];
}

export function playTeam(cases: readonly Case[]): Script {
  return (request) => {
    const found = caseOf(request, cases);
    if (!found) return { error: { status: 400, type: 'invalid_request_error' } };
    return /the Kubernetes specialist/.test(request.system[0]?.text ?? '') ? specialist(found, request) : orchestrator(found, request);
  };
}

/** What was reported stands first; earlier incidents may be told below it. */
export function caseOf(request: ModelRequest, cases: readonly Case[]): Case | undefined {
  const first = JSON.stringify(request.messages[0]);
  return cases.filter(({ title }) => first.includes(title)).toSorted((left, right) => first.indexOf(left.title) - first.indexOf(right.title))[0];
}

function specialist({ title, looks, claims }: Case, request: ModelRequest): ModelReply {
  const seen = resultsOf(request).map(seenIn);
  const round = request.messages.length === 1 ? 0 : (request.messages.length - 1) / 2;
  const look = looks[round];
  // A change needs a second kind of evidence: the events, read last.
  if (look) return { tools: [...look(seen), ...(round === looks.length - 1 ? [{ name: 'kubectl_events', input: {} }] : [])] };
  const events = seen.at(-1);
  const event = events?.text.split('\n').find((line) => line.trim().length > 3);
  if (events === undefined || event === undefined) throw new Error(`${title}: the events are empty`);
  const findings = claims(seen).map(({ resource, mechanism, quote }) => {
    const result = seen[quote.result];
    const line = result?.text.split('\n').find((one) => one.includes(quote.words));
    if (result === undefined || line === undefined) throw new Error(`${title}: no line of result ${quote.result} holds ${quote.words}:\n${result?.text}`);
    return { severity: 'warning', resource, mechanism, title: `${mechanism} on ${resource}`, explanation: 'Read from the cluster.', confidence: 0.9, quotes: [{ evidence: result.id, quote: line.trim() }, { evidence: events.id, quote: event.trim() }] };
  });
  return { tools: [{ name: 'submit_report', input: { summary: `${title}: what was asked for is below.`, findings, gaps: [] } }] };
}

function orchestrator({ title, changes }: Case, request: ModelRequest): ModelReply {
  if (request.messages.length === 1) {
    return { tools: [{ name: 'delegate_to_kubernetes_agent', input: { objective: title, known_facts: [], time_window: 'last 10 minutes', expected_output: 'one finding for each object' } }] };
  }
  const text = resultsOf(request).join('\n');
  const findings = [...text.matchAll(/^(F\d+) \[\w+\] \S+ on (\S+) \(.*, by kubernetes\)$/gm)].map(([, id = '', resource = '']) => ({ id, resource }));
  const drafts = changes({ findings, text }).map(({ title: words, resource, action }) => ({
    title: words, rationale: 'It removes the cause.', findings: findings.filter((one) => one.resource === resource).map(({ id }) => id), action,
  }));
  const first = findings[0];
  return {
    tools: [{
      name: 'conclude',
      input: {
        summary: 'The specialist read it in the cluster.',
        root_cause: first && { title, resource: first.resource, mechanism: 'as-reported', findings: findings.map(({ id }) => id), confidence: 0.9 },
        chain: [], ruled_out: [], unseen: [], changes: drafts,
      },
    }],
  };
}

/** Texts of all tool results, in order. */
function resultsOf({ messages }: ModelRequest): string[] {
  return messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter((block) => block['type'] === 'tool_result')
    .map(({ content }) => (typeof content === 'string' ? content : (content as { text: string }[]).map(({ text }) => text).join('\n')));
}

/** `E7 · tool · command`, then the text between boundaries; after the last one what is left of the budget. */
function seenIn(rendered: string): Seen {
  const id = /^(E\d+) · /.exec(rendered)?.[1];
  const text = /\n(==\w+==)\n([\s\S]*)\n\1(?:\n+\[Left: [^\n]*\])?$/.exec(rendered)?.[2];
  if (id === undefined || text === undefined) throw new Error(`not evidence: ${rendered}`);
  return { id, text };
}
