/** Which host names mean this pod itself, and which are addresses already. */
import net from 'node:net';

export const addressFamily = (host: string): number => net.isIP(host);

export const isEverywhere = (host: string | undefined): boolean => host === undefined || host === '' || host === '0.0.0.0' || host === '::';

export const isLocalhost = (host: string): boolean => host === 'localhost' || host === '127.0.0.1' || host === '::1';

/** Where a pod's own 127.0.0.1 is: an address beside its own that nobody else asks for. Pods have 127.208 to 127.239 in their addresses. */
export const ownLoopback = (podAddress: string): string => podAddress.replace(/^127\.(\d+)\./, (_all, second: string) => `127.${Number(second) - 80}.`);
