/** The API server's certificate: its own authority, made anew at every start. */
import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM. */
  key: string;
  certificate: string;
}

export async function createCertificate(names: readonly string[], addresses: readonly string[]): Promise<Certificate> {
  const { private: key, cert: certificate } = await generate([{ name: 'commonName', value: 'kubernetes' }], {
    keyType: 'ec', curve: 'P-256', algorithm: 'sha256', notAfterDate: new Date(Date.now() + 365 * 24 * 3600 * 1000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [...names.map((value) => ({ type: 2 as const, value })), ...addresses.map((ip) => ({ type: 7 as const, ip }))] },
    ],
  });
  return { key, certificate };
}
