/** A database refuses the password that a workload takes from a Secret. What is in the Secret is never read. */
import type { FindingBody, Quote } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import { list } from '../words.ts';
import { isServiceUnwell } from '../service/health.ts';
import { causeOutside, databaseTrouble } from './crash-loop.ts';
import { servicesOfTemplate } from './dependencies.ts';
import { logsOf, podsOf } from './pods.ts';
import { refusedSecret } from './refused-secret.ts';
import { namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';

export const credentials = namespaceRule('credentials-refused', (scope) => {
  const found = new Map<string, { names: string[]; user: string; quotes: Quote[] }>();
  const failing = troublesOf(scope).filter((one) => causeOutside(scope, one)?.blames.startsWith('secret/') === true);
  for (const { workload, logs } of [...failing, ...unwellOf(scope)]) {
    const refused = refusedSecret({ workload, logs });
    if (refused === undefined) continue;
    const known = found.get(refused.secret);
    found.set(refused.secret, { names: [...new Set([...(known?.names ?? []), workload.name])], user: refused.user, quotes: [...(known?.quotes ?? []), ...quoteLine(refused.log.evidence, refused.line.trim())] });
  }
  return [...found].map(([secret, one]) => describe(scope, secret, one));
});

/** Pods may be ready while every request fails for it; a role that is unwell in the database explains that itself. */
function unwellOf(scope: Scope): Pick<Trouble, 'workload' | 'logs'>[] {
  const unwell = new Set(scope.readings.services.filter(isServiceUnwell).map((one) => one.name));
  return scope.namespace.workloads.value.filter((one) => one.available > 0 && servicesOfTemplate(one.template, scope).some((service) => unwell.has(service.name)))
    .map((workload) => ({ workload, logs: logsOf(scope.namespace, podsOf(workload, scope.namespace)) })).filter((one) => databaseTrouble(scope, one) === undefined);
}

function describe(scope: Scope, secret: string, { names, user, quotes }: { names: string[]; user: string; quotes: Quote[] }): FindingBody {
  return {
    severity: 'critical',
    resource: resourceOf(scope, 'secret', secret),
    mechanism: 'credentials-refused',
    title: `The database does not take the password that ${list(names.slice(0, 3))} ${names.length === 1 ? 'has' : 'have'} from Secret ${secret}${user === '' ? '' : ` for ${user}`}`,
    explanation: 'Either the Secret or the role was changed without the other. Values of Secrets are never read here, so which of the two is right is for whoever changed them to say; then the workload needs a restart.',
    confidence: 0.85,
    quotes,
  };
}
