/**
 * How Node programs of containers are started so that they live in the pod network. From source, the preload and the tools
 * are made JavaScript once, so that a container's programs start without a TypeScript loader.
 */
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const compiled = !import.meta.url.endsWith('.ts');
const fileOf = (name: string): string => fileURLToPath(new URL(`../${name}.${compiled ? 'js' : 'ts'}`, import.meta.url));

export interface NodePrograms {
  /** For NODE_OPTIONS. */
  options: string;
  /** What Node runs for a tool. */
  tool(name: string): string;
}

/** `directory`: where what is made from source is written. */
export function nodePrograms(directory: string, tools: readonly string[]): NodePrograms {
  if (compiled) return { options: `--import=${pathToFileURL(fileOf('network/preload')).href}`, tool: (name) => fileOf(`kubelet/tools/${name}`) };
  const made = (name: string): string => join(directory, `${basename(name)}.mjs`);
  loadBundler().buildSync({
    entryPoints: [fileOf('network/preload'), ...tools.map((name) => fileOf(`kubelet/tools/${name}`))],
    outdir: directory, outExtension: { '.js': '.mjs' }, entryNames: '[name]', bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent',
  });
  return { options: `--import=${pathToFileURL(made('preload')).href}`, tool: made };
}

interface Bundler {
  buildSync(options: Record<string, unknown>): unknown;
}

/** The one that tsx brings along. */
function loadBundler(): Bundler {
  const loader = createRequire(import.meta.url).resolve('tsx');
  return createRequire(loader)('esbuild') as Bundler;
}
