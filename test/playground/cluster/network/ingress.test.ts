import { expect, it } from 'vitest';
import type { ClusterClient } from '../../../../playground/cluster/client.ts';
import { ingressController, isServed } from '../../../../playground/cluster/network/ingress.ts';

const classes: Record<string, string> = { public: ingressController, other: 'example.com/ingress' };
const client = { get: (_resource: string, _namespace: undefined, name: string) => (name in classes ? { spec: { controller: classes[name] } } : undefined) } as unknown as ClusterClient;
const ingress = (ingressClassName?: string) => ({ spec: ingressClassName === undefined ? {} : { ingressClassName } }) as unknown as Parameters<typeof isServed>[1];

it.each([[undefined, true], ['public', true], ['other', false], ['nobody', false]])('an ingress of class %s is served: %s', (name, served) => {
  expect(isServed(client, ingress(name))).toBe(served);
});
