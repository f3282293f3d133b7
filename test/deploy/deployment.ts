/** docker-compose.yml's own services as processes, in a folder that holds what the image holds. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../src/database/embedded/free-port.ts';
import { interpolated, readComposeFile, readDockerfile } from '../support/compose.ts';
import type { ComposeService } from '../support/compose.ts';
import { root, startProcess } from '../support/product-process.ts';
import type { ProductProcess } from '../support/product-process.ts';

export const ourServices = ['gateway', 'investigator', 'executor'] as const;
export type OurService = (typeof ourServices)[number];

/** What compose's network and volumes would give: the stand-ins, on this machine. */
export interface Surroundings {
  /** The .env file beside docker-compose.yml. */
  variables: Record<string, string>;
  /** Has the user and password that docker-compose.yml names. */
  postgres: { host: string; database: string };
  redis: { host: string };
  configuration: string;
}

export interface Deployment {
  ports: Record<OurService, number>;
  /** Exactly what the container would have, its addresses mapped. */
  environment(service: OurService): Record<string, string>;
  start(service: OurService): ProductProcess;
  close(): Promise<void>;
}

/** Nothing is started yet. */
export async function createDeployment({ variables, postgres, redis, configuration }: Surroundings): Promise<Deployment> {
  const written = readComposeFile(path.join(root, 'docker-compose.yml'));
  const application = await mkdtemp(path.join(tmpdir(), 'sre-agent-image-'));
  await fillAsTheImage(application);
  await writeFile(path.join(application, 'sre-agent.yaml'), configuration);
  const ports = { gateway: await freePort(), investigator: await freePort(), executor: await freePort() };
  const running = new Set<ProductProcess>();
  const serviceOf = (name: OurService): ComposeService => interpolated(written[name]!, variables);

  function environment(name: OurService): Record<string, string> {
    const port = String(ports[name]);
    const mapped = (variable: string, value: string): string => {
      if (variable === 'HOST') return '127.0.0.1'; // a container has an address of its own; this machine shows nothing to its network
      if (variable === 'PORT') return port;
      return value.replace('@postgres:5432/sre_agent', `@${postgres.host}/${postgres.database}`).replace('//redis:6379', `//${redis.host}`).replace(/^\/app\//, `${application}/`);
    };
    return Object.fromEntries(Object.entries(serviceOf(name).environment).map(([variable, value]) => [variable, mapped(variable, value)]));
  }

  return {
    ports,
    environment,
    start(name) {
      const started = startProcess(serviceOf(name).command ?? [], environment(name), application);
      running.add(started);
      void started.ended.then(() => running.delete(started));
      return started;
    },
    async close() {
      const left = [...running];
      for (const one of left) one.signal('SIGKILL');
      await Promise.all(left.map((one) => one.ended));
      await rm(application, { recursive: true, force: true });
    },
  };
}

/** What the Dockerfile's last stage copies, and nothing else. */
async function fillAsTheImage(folder: string): Promise<void> {
  for (const { sources, target } of readDockerfile(path.join(root, 'Dockerfile')).at(-1)?.copies ?? []) {
    for (const source of sources) {
      const from = path.join(root, source.replace(/^\/app\//, ''));
      if (!existsSync(from)) throw new Error(`Dockerfile copies ${source}, which is not there`);
      const to = path.join(folder, target.endsWith('/') ? path.join(target, path.basename(source)) : target);
      await mkdir(path.dirname(to), { recursive: true });
      await (path.basename(from) === 'node_modules' ? symlink(from, to) : cp(from, to, { recursive: true }));
    }
  }
}
