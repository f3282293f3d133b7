/** Prometheus metrics of this process, at GET /metrics. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { QueueBackend, QueueName } from '../queue/queue.ts';

export interface Metrics {
  text(): Promise<{ contentType: string; body: string }>;
  /** seconds of one finished job. */
  jobDone(queue: QueueName, outcome: 'done' | 'failed', seconds: number): void;
  modelCall(model: string, agent: string, tokens: number, dollars: number | null): void;
}

export function createMetrics(queue?: QueueBackend): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const jobs = new Histogram({ name: 'sre_agent_job_seconds', help: 'Seconds per finished job', labelNames: ['queue', 'outcome'], buckets: [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600], registers: [registry] });
  const tokens = new Counter({ name: 'sre_agent_model_tokens_total', help: 'Tokens used, by model and agent', labelNames: ['model', 'agent'], registers: [registry] });
  const dollars = new Counter({ name: 'sre_agent_model_dollars_total', help: 'US dollars spent on models of known price', labelNames: ['model', 'agent'], registers: [registry] });
  if (queue) {
    const jobsInQueues = new Gauge({
      name: 'sre_agent_queue_jobs', help: 'Jobs waiting and running', labelNames: ['queue', 'state'], registers: [],
      async collect() {
        for (const name of ['investigations', 'questions', 'changes'] as const) {
          const depth = await queue.depth(name).catch(() => undefined);
          if (!depth) continue;
          this.set({ queue: name, state: 'waiting' }, depth.waiting);
          this.set({ queue: name, state: 'active' }, depth.active);
        }
      },
    });
    registry.registerMetric(jobsInQueues);
  }
  return {
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    jobDone: (queueName, outcome, seconds) => jobs.observe({ queue: queueName, outcome }, seconds),
    modelCall(model, agent, count, cost) {
      tokens.inc({ model, agent }, count);
      if (cost !== null) dollars.inc({ model, agent }, cost);
    },
  };
}
