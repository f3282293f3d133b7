/** The shop's manifests as text. They are written for the namespace `shop`; what names it can be moved to another. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { shopFolder } from './helm-release.ts';

/** In the order of their names, the product's own accounts last. */
export function readManifests(namespace: string): { name: string; text: string }[] {
  const folder = path.join(shopFolder(), 'manifests');
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort();
  return names.map((name) => ({ name, text: inNamespace(readFileSync(path.join(folder, name), 'utf8'), namespace) }));
}

/** Namespaces of objects and subjects, the Namespace itself, and names in the cluster's DNS. */
export function inNamespace(manifest: string, namespace: string): string {
  return manifest
    .replaceAll(/^( +)namespace: shop$/gm, `$1namespace: ${namespace}`)
    .replaceAll(/^(kind: Namespace\nmetadata:\n  name:) shop$/gm, `$1 ${namespace}`)
    .replaceAll('.shop.svc', `.${namespace}.svc`);
}
