/** Whose a label or annotation is. */

/** A key with a domain is some controller's, injector's or admission plugin's; these describe only. */
const descriptive = /^(?:kubernetes\.io\/change-cause|app\.kubernetes\.io\/(?:name|version|component|part-of)|prometheus\.io\/.*)$/;

/** Without a domain, and written by controllers all the same. */
const controllers = new Set(['pod-template-hash', 'controller-revision-hash', 'pod-template-generation', 'controller-uid', 'job-name']);

export function belongsToController(key: string): boolean {
  return (key.includes('/') && !descriptive.test(key)) || controllers.has(key);
}
