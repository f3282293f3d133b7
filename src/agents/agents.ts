/** The agent ports. Each has two implementations: claude/ and rules/. */
import type { Targets } from '../config/targets.ts';
import type { IncidentEvent } from '../incident/events.ts';
import type { PastIncident } from '../incident/past.ts';
import type { AgentUsage, Brief, ChangeDraft, Diagnosis, Evidence, Finding, Incident, Report, Severity, SpecialistName } from '../incident/types.ts';
import type { ModelCall, Store } from '../incident/store.ts';
import type { Readings } from '../rules/readings.ts';
import type { RecordEvidence, Tool } from '../tools/tool.ts';

/** Everything one investigation works with. Made by incident/pipeline.ts. */
export interface Investigation {
  id: string;
  incident: Incident;
  /** What was asked or alerted, oldest first; untrusted text. */
  alerts: { title: string; description: string; service?: string; at: string }[];
  targets: Targets;
  /** The model-facing tools, all of them; a specialist gets those that list it. */
  tools: readonly Tool[];
  record: RecordEvidence;
  evidence(id: string): Promise<(Evidence & { fullText: string }) | undefined>;
  /** All of it so far, with the capped texts. */
  listEvidence(): Promise<Evidence[]>;
  /** What the rules found first, before any agent; with the readings they came from. */
  rules: { readings: Readings; findings: Finding[]; unread: string[]; seconds: number };
  /** Numbers a finding and checks its quotes against the evidence (sets `supported`). */
  admit(specialist: SpecialistName, source: string, body: Omit<Finding, 'id' | 'specialist' | 'source' | 'supported'>): Promise<Finding>;
  /** Every finding of the incident so far: the rules' first looks and all reports. */
  findings(): Promise<Finding[]>;
  /** Earlier incidents of the same alert or services, newest first; absent where nobody keeps them. */
  past?(): Promise<PastIncident[]>;
  append(event: IncidentEvent): Promise<void>;
  /** Throws StoppedError once the incident is stopped; asked before every turn and tool call. */
  checkpoint(): Promise<void>;
  budget: Budget;
  turns: Store['turns'];
  signal: AbortSignal;
}

/** Hard limits in code, per incident. */
export interface Budget {
  limits: { dollars: number; seconds: number; specialistSeconds: number; specialistSteps: number; orchestratorTurns: number; delegations: number };
  /** Records a model call; what it cost is added up. */
  spend(call: Omit<ModelCall, 'incidentId' | 'dollars' | 'at'>): Promise<void>;
  /** Tokens of a prompt from which on the model costs a multiple; undefined when it never does, or its price is unknown. */
  longFrom(model: string): number | undefined;
  /** By agent and model, in the order they were first asked; earlier investigations of the incident as well. */
  usage(): AgentUsage[];
  /** dollars is null when a price is unknown; exceeded names the limit that is used up. */
  state(): { dollars: number | null; tokens: number; modelCalls: number; seconds: number; exceeded?: string; nearlyExceeded: boolean };
}

export interface Specialist {
  name: SpecialistName;
  /** Never throws for trouble with a system or a model: returns a partial or failed report with the gap named. */
  investigate(brief: Brief, investigation: Investigation): Promise<Report>;
}

export interface Conclusion {
  diagnosis: Diagnosis;
  drafts: ChangeDraft[];
}

export interface Orchestrator {
  engine: 'claude' | 'rules';
  /** Which model plays each agent in an incident of some severity, and the SHA-256 of its prompt. */
  models?: (severity: Severity) => Record<string, { model: string; prompt: string }>;
  /** Plans, briefs, re-plans, concludes. Appends plan.updated, specialist.* events; throws ModelUnavailableError when the engine can't go on. */
  run(investigation: Investigation): Promise<Conclusion>;
}

export interface Answerer {
  /** Answers a follow-up from the incident's evidence; `evidence` are the ids it cites. `whole`: a record with all of its text. */
  answer(question: string, material: { incident: Incident; events: IncidentEvent[]; evidence: Evidence[]; whole?: Investigation['evidence']; signal: AbortSignal }): Promise<{ text: string; evidence: string[] }>;
}
