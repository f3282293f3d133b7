/** What /metrics shows. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  request(method: string, route: string, status: number, seconds: number): void;
  upstream(upstream: string, outcome: string, seconds: number): void;
  queued(seconds: number): void;
  inFlight(count: number): void;
  text(): Promise<string>;
}

export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const registers = [registry];
  const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
  const requests = new Counter({ name: 'http_requests_total', help: 'Requests answered', labelNames: ['method', 'route', 'status'], registers });
  const durations = new Histogram({ name: 'http_request_duration_seconds', help: 'Time to answer', labelNames: ['method', 'route'], buckets, registers });
  const upstreams = new Histogram({ name: 'upstream_duration_seconds', help: 'Time upstreams took', labelNames: ['upstream', 'outcome'], buckets, registers });
  const waits = new Histogram({ name: 'work_queue_wait_seconds', help: 'Time requests waited for a turn', buckets, registers });
  const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests being answered', registers });
  return {
    request: (method, route, status, seconds) => {
      requests.inc({ method, route, status: String(status) });
      durations.observe({ method, route }, seconds);
    },
    upstream: (upstream, outcome, seconds) => upstreams.observe({ upstream, outcome }, seconds),
    queued: (seconds) => waits.observe(seconds),
    inFlight: (count) => inFlight.set(count),
    text: () => registry.metrics(),
  };
}
