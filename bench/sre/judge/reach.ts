/** Whether any kind of action of the product can write what a fault changed, by its name in a snapshot. */
const reachable = [
  /^(deployments|statefulsets|daemonsets)\.apps\//, /^cronjobs\.batch\//, /^jobs\.batch\//, /^(pods|services|configmaps|secrets|persistentvolumeclaims|resourcequotas)\//, /^nodes\/\//,
  /^horizontalpodautoscalers\.autoscaling\//, /^(ingresses|networkpolicies)\.networking\.k8s\.io\//, /^poddisruptionbudgets\.policy\//,
  // Custom resources: of a group that is not Kubernetes' own.
  /^[a-z]+\.(?![a-z.]*k8s\.io\/)[a-z0-9-]+\.[a-z0-9.-]+\//,
  /^postgres\/[^/]+\/(index|setting|rows|constraint|grants\/(?!database\/))/, /^mysql\/[^/]+\/(index|setting|rows)\//,
];

/** True when it changed something, and all of that is beyond every kind. A fault that left no object changed (a held lock) can be reached. */
export function beyondReach(changed: readonly string[]): boolean {
  return changed.length > 0 && changed.every((name) => !reachable.some((pattern) => pattern.test(name)));
}
