/** Requests as they come from outside: through the cluster's ingress, by host name. Needs `playground`. */
import { request } from 'node:http';
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { holds } from './checks.ts';

/** Where the cluster's ingress listens, as the status of any served Ingress tells. */
async function ingressAddress(world: World): Promise<string> {
  const ingresses = await world.cluster.list('ingresses.networking.k8s.io');
  const address = ingresses.flatMap(({ status }) => status?.loadBalancer?.ingress ?? []).find(({ ip }) => ip !== undefined)?.ip;
  if (address === undefined) throw new Error('no ingress has an address');
  return address;
}

/** A page from outside: 200, and `has` in it. */
export async function answersFromOutside(world: World, host: string, path: string, has: RegExp): Promise<Check> {
  const { status, text } = await ask(await ingressAddress(world), host, path).catch((error: unknown) => ({ status: 0, text: String(error) }));
  return holds(`http://${host}${path} answers`, status === 200 && has.test(text), `${status}: ${text.slice(0, 200)}`);
}

function ask(address: string, host: string, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: address, port: 8080, path, agent: false, headers: { host, connection: 'close' }, signal: AbortSignal.timeout(6000) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk)).on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
