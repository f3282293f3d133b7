/** The shop's image registry: which program a name and tag run, and what is baked into that tag. */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Image, ImageRegistry } from '../cluster/kubelet/images.ts';

export const shopRegistry = 'registry.shop.local';

interface Release {
  tag: string;
  /** What makes this release behave differently. */
  environment?: Record<string, string>;
}

const plain = (...tags: string[]): Release[] => tags.map((tag) => ({ tag }));

/** Programs of the folder `programs`, and the tags that were ever pushed. */
export const releases: Record<string, Release[]> = {
  frontend: plain('1.4.0', '1.4.1', '1.4.2'),
  catalog: [...plain('1.4.0', '1.4.1'), { tag: '1.5.0', environment: { POPULAR_AMONG_ORDERS: '400000' } }],
  cart: plain('1.4.0', '1.4.1'),
  checkout: [...plain('1.4.0', '1.4.1'), { tag: '1.5.0', environment: { DB_SESSION_PER_TRANSACTION: 'on' } }],
  payments: [...plain('1.4.0', '1.4.1'), { tag: '2.0.0', environment: { REQUIRED_ENVIRONMENT: 'PROVIDER_WEBHOOK_SECRET' } }],
  shipping: plain('1.4.0', '1.4.1'),
  recommender: [...plain('1.2.0', '1.2.1'), { tag: '1.3.0', environment: { MODEL_CACHE_KIB: '4096' } }],
  notifier: [...plain('1.4.0', '1.4.1'), { tag: '1.5.0', environment: { SEND_MS: '2500' } }],
  inventory: plain('1.4.0', '1.4.1'),
  'shop-operator': plain('0.3.0', '0.3.1'),
  jobs: plain('1.4.0', '1.4.1'),
  delivery: plain('2.3.0', '2.3.1'),
  component: [
    ...plain('1.0.0', '1.0.1', '1.1.0'),
    { tag: '1.2.0', environment: { WORK_MS: '1400' } },
    { tag: '1.2.1', environment: { HISTORY_KIB: '4096' } },
    { tag: '1.3.0', environment: { REQUIRED_ENVIRONMENT: 'TENANT_ID' } },
    { tag: '1.3.1', environment: { SPOOL_FILES: '2' } },
  ],
};

const compiled = !import.meta.url.endsWith('.ts');

/** Databases are not ours to write: these start the servers that are installed beside us. */
const servers: Record<string, { program: string; tags: string[]; size: number }> = {
  postgres: { program: 'server-images/postgres', tags: ['18', '18.4'], size: 164_000_000 },
  mariadb: { program: 'server-images/mariadb', tags: ['11', '11.8'], size: 117_000_000 },
};

export function shopImages(): ImageRegistry {
  const images = new Map<string, Image>();
  for (const [name, tags] of Object.entries(releases)) {
    for (const { tag, environment } of tags) {
      images.set(`${shopRegistry}/${name}:${tag}`, {
        ...describe(name, tag, `programs/${name}`, 52_000_000),
        ...(name === 'component' ? { entrypoint: withOpenFilesLimit(runProgram(`programs/${name}`)) } : {}),
        environment: { NODE_ENV: 'production', APP_VERSION: tag, ...environment },
      });
    }
  }
  for (const [name, { program, tags, size }] of Object.entries(servers)) {
    for (const tag of tags) images.set(`${shopRegistry}/${name}:${tag}`, {
      ...describe(name, tag, program, size), entrypoint: outsidePreload(runProgram(program)),
    });
  }
  return {
    pull: (reference) => {
      const image = images.get(withTag(reference));
      if (image) return { image };
      return { error: reference.startsWith(`${shopRegistry}/`) ? `${withTag(reference)}: not found` : unknownHost(reference) };
    },
  };
}

function unknownHost(reference: string): string {
  const [host = '', ...names] = reference.split('/');
  const [name = '', tag = 'latest'] = names.join('/').split(':');
  return `failed to do request: Head "https://${host}/v2/${name}/manifests/${tag}": dial tcp: lookup ${host}: no such host`;
}

const withTag = (reference: string): string => (/:[^/]+$/.test(reference) ? reference : `${reference}:latest`);

function describe(name: string, tag: string, program: string, base: number): Pick<Image, 'id' | 'entrypoint' | 'size'> {
  const digest = createHash('sha256').update(`${name}:${tag}`).digest('hex');
  return { id: `sha256:${digest}`, entrypoint: runProgram(program), size: base + (Number.parseInt(digest.slice(0, 5), 16) % 900_000) };
}

/** A server that is not Node's needs the machine's own addresses and paths: what the sandbox makes of them would mislead it. */
const outsidePreload = (command: readonly string[]): string[] => ['/usr/bin/env', '-u', 'NODE_OPTIONS', ...command];

/** OPEN_FILES_LIMIT, where it is set. */
const withOpenFilesLimit = (command: readonly string[]): string[] => ['/bin/sh', '-c', '[ -z "$OPEN_FILES_LIMIT" ] || ulimit -n "$OPEN_FILES_LIMIT"; exec "$0" "$@"', ...command];

/** The command of a program below this folder: compiled where a build is at hand that is newer than the sources, else through tsx. */
function runProgram(program: string): string[] {
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  if (compiled) return [process.execPath, file(`./${program}.js`)];
  const built = file('../../dist/playground/shop/');
  if (freshBuild(built)) return [process.execPath, path.join(built, `${program}.js`)];
  return [process.execPath, '--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, file(`./${program}.ts`)];
}

/** Whether every program's source is older than its build. */
function freshBuild(built: string): boolean {
  const sources = fileURLToPath(new URL('./', import.meta.url));
  const folders = ['programs', 'programs/common', 'programs/component', 'server-images', 'orders-database'];
  return folders.every((folder) => readdirSync(path.join(sources, folder)).filter((name) => name.endsWith('.ts')).every((name) => {
    const result = statSync(path.join(built, folder, name.replace(/ts$/, 'js')), { throwIfNoEntry: false });
    return result !== undefined && result.mtimeMs >= statSync(path.join(sources, folder, name)).mtimeMs;
  }));
}
