import { checkServerIdentity, connect } from 'node:tls';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { isIP } from 'node:net';

export interface Certificate {
  /** `CN=checkout.internal, O=Example`. */
  subject: string;
  issuer: string;
  /** `DNS:checkout.internal`, `IP Address:10.0.0.1`. */
  names: string[];
  from: Date;
  to: Date;
  serial: string;
  fingerprint: string;
  /** `RSA 2048`, `EC P-256`. */
  key: string;
  selfSigned: boolean;
}

export interface Handshake {
  address: string;
  milliseconds: number;
  protocol: string;
  cipher: string;
  /** What it chose of h2 and http/1.1. */
  application?: string;
  /** The server's own first; the authority last, when it was sent or is known here. */
  chain: Certificate[];
  /** Code of what verification says against the chain. */
  untrusted?: string;
  /** Why the name does not match. */
  misnamed?: string;
}

export interface HandshakeOptions {
  address: string;
  port: number;
  /** As clients call it: asked for (SNI) and compared. */
  host: string;
  timeoutMilliseconds: number;
  signal: AbortSignal;
}

/**
 * Shakes hands and hangs up; nothing is sent afterwards. Any certificate is accepted, since a bad one is what is looked for: what
 * verification says is in the result. Rejects with a `code` when there is no handshake: errno, TIMEOUT, ABORTED, ERR_SSL_... .
 */
export function readCertificate({ address, port, host, timeoutMilliseconds, signal }: HandshakeOptions): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket = connect({
      host: address, port, rejectUnauthorized: false, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0', ALPNProtocols: ['h2', 'http/1.1'],
      checkServerIdentity: () => undefined,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const end = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      act();
      socket.destroy();
    };
    const fail = (code: string, message: string): void => end(() => reject(Object.assign(new Error(message), { code })));
    const abort = (): void => fail('ABORTED', 'stopped');
    const timer = setTimeout(() => fail('TIMEOUT', `no handshake within ${timeoutMilliseconds} ms`), timeoutMilliseconds);
    socket.once('secureConnect', () => end(() => resolve(handshakeOf(socket, { address, host, milliseconds: performance.now() - started }))));
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'UNKNOWN', error.message));
    socket.once('close', () => fail('ECONNRESET', 'the peer closed the connection during the handshake'));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

function handshakeOf(socket: TLSSocket, known: { address: string; host: string; milliseconds: number }): Handshake {
  const leaf = socket.getPeerCertificate(true);
  const chain = chainOf(leaf);
  const misnamed = chain.length === 0 ? undefined : checkServerIdentity(known.host, leaf)?.message;
  const { alpnProtocol, authorizationError } = socket;
  // A string at run time, whatever the types say.
  const untrusted = authorizationError as Error | string | null | undefined;
  return {
    address: known.address,
    milliseconds: known.milliseconds,
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().standardName,
    chain,
    ...(typeof alpnProtocol === 'string' ? { application: alpnProtocol } : {}),
    ...(untrusted === null || untrusted === undefined ? {} : { untrusted: typeof untrusted === 'string' ? untrusted : untrusted.message }),
    ...(misnamed === undefined ? {} : { misnamed }),
  };
}

const longestChain = 10;

function chainOf(leaf: DetailedPeerCertificate): Certificate[] {
  const chain: Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = leaf;
  while (next !== undefined && next.valid_to !== undefined && chain.length < longestChain && !chain.some(({ fingerprint }) => fingerprint === next?.fingerprint256)) {
    chain.push(certificateOf(next));
    next = next.issuerCertificate as DetailedPeerCertificate | undefined;
  }
  return chain;
}

function certificateOf(certificate: DetailedPeerCertificate): Certificate {
  const [subject, issuer] = [distinguishedName(certificate.subject), distinguishedName(certificate.issuer)];
  return {
    subject, issuer,
    names: (certificate.subjectaltname ?? '').split(', ').filter((name) => name !== ''),
    from: new Date(certificate.valid_from),
    to: new Date(certificate.valid_to),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
    key: certificate.asn1Curve === undefined ? `RSA ${certificate.bits ?? '?'}` : `EC ${certificate.nistCurve ?? certificate.asn1Curve}`,
    selfSigned: subject === issuer,
  };
}

function distinguishedName(name: object | undefined): string {
  return Object.entries((name ?? {}) as Record<string, string | string[]>).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('+') : value}`).join(', ').replaceAll(/\s+/g, ' ').slice(0, 300);
}
