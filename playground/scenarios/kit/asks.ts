/** Alerts as teams get them: rules of kubernetes-mixin, pages, and people's own words. None names a cause. */
import type { Ask } from '../scenario.ts';

/** One of several ways to be told the same; `voice` is any whole number from 0. */
export function toldBy(voice: number, asks: readonly [Ask, ...Ask[]]): Ask {
  return asks[voice % asks.length] ?? asks[0];
}

export const person = (text: string): Ask => ({ by: 'person', text });
export const page = (service: string, title: string): Ask => ({ by: 'pagerduty', service, title });

type Labels = Record<string, string>;

export function replicasMismatch(namespace: string, deployment: string): Ask {
  return monitored('KubeDeploymentReplicasMismatch', 'warning', 'Deployment has not matched the expected number of replicas.', `Deployment ${namespace}/${deployment} has not matched the expected number of replicas for longer than 15 minutes.`, { namespace, deployment });
}

export function rolloutStuck(namespace: string, deployment: string): Ask {
  return monitored('KubeDeploymentRolloutStuck', 'warning', 'Deployment rollout is not progressing.', `Rollout of deployment ${namespace}/${deployment} is not progressing for longer than 15 minutes.`, { namespace, deployment });
}

export function crashLooping(namespace: string, deployment: string): Ask {
  return monitored('KubePodCrashLooping', 'warning', 'Pod is crash looping.', `A pod of ${namespace}/${deployment} is in waiting state (reason: "CrashLoopBackOff").`, { namespace, container: deployment });
}

export function podNotReady(namespace: string, deployment: string): Ask {
  return monitored('KubePodNotReady', 'warning', 'Pod has been in a non-ready state for more than 15 minutes.', `A pod of ${namespace}/${deployment} has been in a non-ready state for longer than 15 minutes.`, { namespace, deployment });
}

/** A share of failed requests, from 0 to 1. */
export function errorRate(namespace: string, service: string, share: number): Ask {
  return monitored('HighErrorRate', 'critical', `${service} answers with errors.`, `${Math.round(share * 100)} % of the requests to ${service} in ${namespace} failed during the last 5 minutes.`, { namespace, service });
}

export function targetDown(namespace: string, service: string): Ask {
  return monitored('TargetDown', 'critical', 'Targets are down.', `100% of the ${service} targets in ${namespace} namespace are down.`, { namespace, service, job: service });
}

export function monitored(alertname: string, severity: 'critical' | 'warning' | 'info', summary: string, description: string, labels: Labels): Ask {
  return { by: 'alertmanager', alertname, severity, summary, description, labels };
}
