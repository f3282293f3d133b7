/** Whether the services answer well, asked as anybody outside would: every check, its status and its time. */
import { z } from 'zod';
import type { AgentView } from '../../../playground/scenarios/worlds/running-world.ts';

/** The part of `targets.services` that says how to ask. */
const servicesSchema = z.array(z.object({
  name: z.string(),
  url: z.string(),
  checks: z.array(z.object({ name: z.string(), path: z.string() })),
  latency_budget_ms: z.number(),
  depends_on: z.array(z.string()).default([]),
  databases: z.array(z.string()).default([]),
}));

export type DescribedService = z.infer<typeof servicesSchema>[number];

export function servicesOf({ targets }: Pick<AgentView, 'targets'>): DescribedService[] {
  return servicesSchema.parse(targets['services'] ?? []);
}

/** Every check of every service below 400 and within its budget; never throws. */
export function createWellness(view: Pick<AgentView, 'targets'>, signal: AbortSignal): () => Promise<boolean> {
  const services = servicesOf(view);
  return async () => (await Promise.all(services.flatMap(({ url, checks, latency_budget_ms: budget }) => checks.map(({ path }) => answersWell(new URL(path, url), budget, signal))))).every(Boolean);
}

async function answersWell(url: URL, budget: number, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(budget)]), headers: { connection: 'close' } });
    await response.arrayBuffer();
    return response.status < 400;
  } catch {
    return false;
  }
}
