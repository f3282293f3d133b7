/** Which host names mean this pod itself, and which are addresses already. */
import net from 'node:net';

export const addressFamily = (host: string): number => net.isIP(host);

export const isEverywhere = (host: string | undefined): boolean => host === undefined || host === '' || host === '0.0.0.0' || host === '::';

export const isLocalhost = (host: string): boolean => host === 'localhost' || host === '127.0.0.1' || host === '::1';
