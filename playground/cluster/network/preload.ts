/**
 * Loaded into every Node program of a container before the program itself: makes the pod's address, the cluster's DNS and
 * the container's mounts true for it, so that the program needs to know nothing of the playground.
 */
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { addressFamily } from './preload/addresses.ts';
import { mapFiles } from './preload/files.ts';
import { resolveNames } from './preload/names.ts';
import { bindSockets } from './preload/sockets.ts';
import { createRelocation } from './relocation.ts';
import { sandboxVariable } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';

const file = process.env[sandboxVariable];
if (file !== undefined) {
  const sandbox = JSON.parse(readFileSync(file, 'utf8')) as Sandbox;
  delete process.env[sandboxVariable];
  delete process.env['NODE_OPTIONS'];
  const relocation = createRelocation(sandbox.relocations);
  const lookup = resolveNames(sandbox, relocation, addressFamily);
  bindSockets(sandbox, relocation, lookup);
  mapFiles(sandbox);
  os.hostname = () => sandbox.hostname;
  syncBuiltinESMExports();
}
