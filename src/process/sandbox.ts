/**
 * bubblewrap around a child: it sees system libraries, certificates, its kubeconfig and its private home, and nothing else of
 * this machine; no other process, no new rights. The network stays: it must reach its target.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { RunOptions } from './run.ts';

/** The same program, inside. */
export type Sandbox = (options: RunOptions) => RunOptions;

/** Whom to trust, wherever distributions keep that: beside it lie private keys. */
const certificates = ['/etc/ssl/certs', '/etc/ssl/cert.pem', '/etc/ssl/ca-bundle.pem', '/etc/pki/tls/certs', '/etc/pki/tls/cert.pem', '/etc/pki/tls/cacert.pem', '/etc/pki/ca-trust', '/etc/ca-certificates'];

/** What programs and their libraries need; what is not there is left out. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', ...certificates, '/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/ld.so.cache', '/etc/alternatives'];

const isolation = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--cap-drop', 'ALL', '--die-with-parent', '--new-session'];

/** `bubblewrap`: absolute path of bwrap. The environment goes through it as it is: it was built from nothing, and on a command line everybody could read it. */
export function createSandbox(bubblewrap: string): Sandbox {
  return (options) => {
    const { HOME: home = '/tmp', KUBECONFIG: kubeconfig } = options.environment;
    const seen = [options.file, ...(kubeconfig === undefined ? [] : [kubeconfig, ...filesOf(kubeconfig)])].filter((file) => existsSync(file));
    const argv = [
      ...isolation, '--dev', '/dev', '--tmpfs', '/tmp',
      ...system.flatMap((folder) => ['--ro-bind-try', folder, folder]),
      // Ours alone, and the clients keep there what the API server offers: without it each call would ask again.
      '--bind', home, home,
      ...seen.flatMap((file) => ['--ro-bind', file, file]),
      '--chdir', home, '--', options.file, ...options.argv,
    ];
    return { ...options, file: bubblewrap, argv };
  };
}

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ 'certificate-authority': z.string().optional() }) })).nullish(),
  users: z.array(z.looseObject({ user: z.looseObject({ 'client-certificate': z.string().optional(), 'client-key': z.string().optional(), tokenFile: z.string().optional(), exec: z.looseObject({ command: z.string() }).optional() }).nullish() })).nullish(),
});

/** Absolute paths of what a kubeconfig refers to. */
function filesOf(kubeconfig: string): string[] {
  try {
    const { clusters, users } = kubeconfigSchema.parse(parse(readFileSync(kubeconfig, 'utf8')));
    const named = [
      ...(clusters ?? []).map(({ cluster }) => cluster['certificate-authority']),
      ...(users ?? []).flatMap(({ user }) => [user?.['client-certificate'], user?.['client-key'], user?.tokenFile]),
    ].flatMap((file) => (file === undefined ? [] : [resolve(dirname(kubeconfig), file)]));
    const plugins = (users ?? []).flatMap(({ user }) => (user?.exec && isAbsolute(user.exec.command) ? [user.exec.command] : []));
    return [...new Set([...named, ...plugins])];
  } catch {
    return [];
  }
}
