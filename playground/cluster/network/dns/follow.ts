/** Lists and watches one collection of the Kubernetes API, from inside a pod, with its service account. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import readline from 'node:readline';

const account = '/var/run/secrets/kubernetes.io/serviceaccount';

interface Listed<T> {
  metadata: { resourceVersion: string };
  items: T[];
}

interface Identified {
  metadata: { name?: string; namespace?: string; resourceVersion?: string };
}

/** `changed` is called with everything there is, at first and after every change. Never ends, tries again after errors. */
export function follow<T extends Identified>(path: string, changed: (objects: readonly T[]) => void, failed: (line: string) => void): void {
  const objects = new Map<string, T>();
  const keyOf = ({ metadata }: T): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
  let scheduled = false;
  const tell = (): void => {
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => {
      scheduled = false;
      changed([...objects.values()]);
    }, 10);
  };
  const once = async (): Promise<void> => {
    const list = JSON.parse(await text(await request(path))) as Listed<T>;
    objects.clear();
    for (const item of list.items) objects.set(keyOf(item), item);
    tell();
    let version = list.metadata.resourceVersion;
    for (;;) {
      const response = await request(`${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${version}`);
      for await (const line of readline.createInterface({ input: response })) {
        const { type, object } = JSON.parse(line) as { type: string; object: T };
        if (type === 'ERROR') throw new Error('the watch expired');
        version = object.metadata.resourceVersion ?? version;
        if (type === 'BOOKMARK') continue;
        if (type === 'DELETED') objects.delete(keyOf(object));
        else objects.set(keyOf(object), object);
        tell();
      }
    }
  };
  const forever = async (): Promise<void> => {
    for (;;) {
      await once().catch((error: unknown) => failed(error instanceof Error ? error.message : String(error)));
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
    }
  };
  void forever();
}

function request(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = https.get({
      host: process.env['KUBERNETES_SERVICE_HOST'],
      port: process.env['KUBERNETES_SERVICE_PORT'],
      path,
      ca: readFileSync(`${account}/ca.crt`),
      headers: { authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8')}`, accept: 'application/json', 'user-agent': 'coredns/1.12' },
    });
    call.once('error', reject);
    call.once('response', (response) => {
      if (response.statusCode === 200) resolve(response);
      else {
        response.resume();
        reject(new Error(`GET ${path}: ${response.statusCode}`));
      }
    });
  });
}

async function text(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
