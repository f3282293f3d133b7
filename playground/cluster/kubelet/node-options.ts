/** How Node programs of containers are started so that they live in the pod network. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const compiled = !import.meta.url.endsWith('.ts');
const preload = new URL(`../network/preload.${compiled ? 'js' : 'ts'}`, import.meta.url);

/** For NODE_OPTIONS. From source, TypeScript is taken too. */
export const sandboxOptions = (): string[] => (existsSync(preload) ? [...loaderOptions(), `--import=${preload.href}`] : []);

/** For a program of ours that NODE_OPTIONS may not have been set for. */
export const nodeArguments = (): string[] => (compiled ? [] : loaderOptions());

const loaderOptions = (): string[] => (compiled ? [] : [`--import=${pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href}`]);
