/** The sre-agent.yaml of a measurement: what anybody would write for these systems, with shorter waits. */
import { APPROVERS, SHOP_ALERTS } from '../../../../playground/workspace/people.ts';
import type { Site } from '../contestant.ts';
import { productSettings } from './settings.ts';

/** `more`: sections of the file, merged key by key over these (budgets, models, experiments). */
export function productConfiguration({ view, limits }: Pick<Site, 'view' | 'limits'>, more: Readonly<Record<string, Record<string, unknown>>> = {}): Record<string, unknown> {
  const { soakSeconds, verificationSeconds } = productSettings;
  const sections: Record<string, Record<string, unknown>> = {
    channels: { alerts: SHOP_ALERTS },
    policy: { autonomy: 'approve', approvers: { groups: [APPROVERS.id] }, soak_seconds: soakSeconds, verification_deadline_seconds: verificationSeconds },
    budgets: { dollars: limits.dollars, seconds: Math.round(limits.seconds) },
    targets: view.targets,
  };
  const names = new Set([...Object.keys(sections), ...Object.keys(more)]);
  return Object.fromEntries([...names].map((name) => [name, { ...sections[name], ...more[name] }]));
}
