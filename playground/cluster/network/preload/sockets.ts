/** Sockets of a pod: they listen on the pod's address, and connect from it. What listens on localhost only the pod itself reaches. */
import dgram from 'node:dgram';
import net from 'node:net';
import type { Relocation } from '../relocation.ts';
import type { Sandbox } from '../sandbox.ts';
import { isEverywhere, isLocalhost, ownLoopback } from './addresses.ts';
import { compatible } from './names.ts';
import type { Lookup } from './names.ts';

export function bindSockets(sandbox: Sandbox, relocation: Relocation, lookup: Lookup): void {
  listenOnPod(sandbox, relocation);
  connectFromPod(sandbox, relocation, lookup);
  datagramsOnPod(sandbox, relocation);
}

function listenOnPod({ podAddress }: Sandbox, relocation: Relocation): void {
  const listen = net.Server.prototype.listen as (...args: unknown[]) => net.Server;
  net.Server.prototype.listen = function listenInPod(this: net.Server, ...args: unknown[]): net.Server {
    const options = listenOptions(args);
    if (options === undefined || (!isEverywhere(options.host) && !isLocalhost(options.host ?? ''))) return listen.apply(this, args);
    const wanted = options.port;
    const moves = wanted !== 0 && relocation.needed(wanted);
    const callback = args.findLast((arg) => typeof arg === 'function');
    const loopback = ownLoopback(podAddress);
    const own = isLocalhost(options.host ?? '') ? loopback : podAddress;
    if (moves || own === loopback) {
      this.once('listening', () => {
        const address = this.address();
        if (typeof address === 'object' && address !== null) relocation.record(own, wanted === 0 ? address.port : wanted, address.port);
      });
      if (own === loopback) this.once('close', () => relocation.forget(own, wanted));
    } else if (relocation.isRecorded(loopback, wanted)) {
      relocation.forget(loopback, wanted);
    }
    return listen.apply(this, [{ ...options, port: moves ? 0 : wanted, host: relocation.bindAddress(own), ipv6Only: false }, ...(callback === undefined ? [] : [callback])]);
  } as typeof net.Server.prototype.listen;
}

/** Undefined: a pipe, a handle, something that has no port. */
function listenOptions(args: unknown[]): { port: number; host?: string; backlog?: number } | undefined {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) {
    if (!('port' in first)) return undefined;
    return { ...first, port: Number(first.port) };
  }
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) return { port: Number(first), ...(typeof second === 'string' ? { host: second } : {}) };
  return first === undefined || typeof first === 'function' ? { port: 0 } : undefined;
}

interface ConnectOptions {
  host?: string;
  port?: number | string;
  /** Of a socket file. Null in requests of an http.Agent, which have none. */
  path?: string | null;
  localAddress?: string;
  lookup?: unknown;
}

function connectFromPod({ podAddress }: Sandbox, relocation: Relocation, lookup: Lookup): void {
  const connect = net.Socket.prototype.connect as (...args: unknown[]) => net.Socket;
  const podLookup = compatible(lookup);
  net.Socket.prototype.connect = function connectFromPodAddress(this: net.Socket, ...args: unknown[]): net.Socket {
    const options = connectOptions(args);
    if (options === undefined || typeof options.path === 'string') return connect.apply(this, args);
    const port = Number(options.port);
    if (isApiServer(options.host, port)) return connect.apply(this, args);
    const loopback = ownLoopback(podAddress);
    const host = options.host === undefined || isLocalhost(options.host) ? (relocation.isRecorded(loopback, port) ? loopback : podAddress) : options.host;
    Object.assign(options, { host });
    if (relocation.bindAddress(podAddress) === podAddress) options.localAddress ??= podAddress;
    options.lookup ??= podLookup;
    if (!relocation.needed(port)) return connect.apply(this, args);
    if (net.isIP(host) !== 0) {
      move(options, relocation.locate(host, port));
      return connect.apply(this, args);
    }
    // The port depends on the address here: the name is resolved first.
    Object.assign(this, { connecting: true });
    void resolveAndConnect(this, async () => {
      const [address = host] = await lookup(host);
      move(options, relocation.locate(address, port));
    }, () => connect.apply(this, args));
    return this;
  } as typeof net.Socket.prototype.connect;
}

/** It listens on this machine's localhost, not the pod's, and containers are told so. */
const isApiServer = (host: string | undefined, port: number): boolean =>
  host !== undefined && host === process.env['KUBERNETES_SERVICE_HOST'] && port === Number(process.env['KUBERNETES_SERVICE_PORT']);

async function resolveAndConnect(socket: net.Socket, resolve: () => Promise<void>, connect: () => void): Promise<void> {
  try {
    await resolve();
    if (!socket.destroyed) connect();
  } catch (error) {
    socket.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function move(options: ConnectOptions, { address, port }: { address: string; port: number }): void {
  Object.assign(options, { host: address, port });
}

/** A copy put in their place among the arguments (an http.Agent finds its sockets again by what it passed); net.connect hands over an array that starts with it. */
function connectOptions(args: unknown[]): ConnectOptions | undefined {
  const [first, second] = args;
  if (Array.isArray(first)) return typeof first[0] === 'object' ? (first[0] = { ...(first[0] as ConnectOptions) }) : undefined;
  if (typeof first === 'object' && first !== null) {
    const options: ConnectOptions = { ...first };
    args[0] = options;
    return options;
  }
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) {
    const options: ConnectOptions = { port: Number(first), ...(typeof second === 'string' ? { host: second } : {}) };
    args.splice(0, typeof second === 'string' ? 2 : 1, options);
    return options;
  }
  return undefined;
}

function datagramsOnPod({ podAddress }: Sandbox, relocation: Relocation): void {
  const bind = dgram.Socket.prototype.bind as (...args: unknown[]) => dgram.Socket;
  dgram.Socket.prototype.bind = function bindInPod(this: dgram.Socket, ...args: unknown[]): dgram.Socket {
    const [first, second] = args;
    const given = typeof first === 'object' && first !== null ? (first as { port?: number; address?: string }) : { port: Number(first ?? 0), ...(typeof second === 'string' ? { address: second } : {}) };
    const wanted = given.port ?? 0;
    if (!isEverywhere(given.address) && !isLocalhost(given.address ?? '')) return bind.apply(this, args);
    const moves = wanted !== 0 && relocation.needed(wanted);
    if (moves) this.once('listening', () => relocation.record(podAddress, wanted, this.address().port, 'UDP'));
    const callback = args.findLast((arg) => typeof arg === 'function');
    return bind.apply(this, [{ ...given, port: moves ? 0 : wanted, address: relocation.bindAddress(podAddress) }, ...(callback === undefined ? [] : [callback])]);
  } as typeof dgram.Socket.prototype.bind;
}
