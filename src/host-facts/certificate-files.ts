/** Certificates on disk: what they say of themselves. Keys are never opened by name and never leave a file. */
import { X509Certificate } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Section } from './request.ts';

export const certificateFact = z.object({
  file: z.string(),
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()),
  /** ISO 8601. */
  notBefore: z.string(),
  notAfter: z.string(),
  /** It may sign others. */
  authority: z.boolean(),
});
export type CertificateFact = z.infer<typeof certificateFact>;

const mostFiles = 300;
const mostDepth = 3;
const mostFileBytes = 1024 * 1024;
/** A bundle of authorities is nobody's own certificate. */
const mostInFile = 8;

/** `text` is JSON: a list of CertificateFact, soonest to expire first. Never throws. */
export async function readCertificates(folders: readonly string[]): Promise<Section> {
  const problems: string[] = [];
  const found = (await Promise.all(folders.map((folder) => filesIn(folder, mostDepth, problems)))).flat().sort();
  const certificates: CertificateFact[] = [];
  for (const file of found.slice(0, mostFiles)) certificates.push(...(await certificatesIn(file, problems)));
  if (found.length > mostFiles) problems.push(`${found.length - mostFiles} more files were not read`);
  certificates.sort((left, right) => left.notAfter.localeCompare(right.notAfter));
  return { source: `certificates in ${folders.join(', ')}`, text: JSON.stringify(certificates), ...(problems.length > 0 && { problem: problems.slice(0, 10).join('; ') }) };
}

async function filesIn(folder: string, depth: number, problems: string[]): Promise<string[]> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    problems.push(`${folder}: ${error.code ?? error.message}`);
    return [];
  });
  const lists = entries.map(async (entry): Promise<string[]> => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return depth > 1 ? filesIn(path, depth - 1, problems) : [];
    // Certificates are often links to the newest.
    return mayBeCertificate(entry.name) && (entry.isFile() || entry.isSymbolicLink()) ? [path] : [];
  });
  return (await Promise.all(lists)).flat();
}

export function mayBeCertificate(name: string): boolean {
  return /\.(?:crt|cer|cert|pem)$/i.test(name) && !/key/i.test(name);
}

async function certificatesIn(file: string, problems: string[]): Promise<CertificateFact[]> {
  try {
    const { size } = await stat(file).then((one) => (one.isFile() ? one : { size: Infinity }));
    if (size > mostFileBytes) return [];
    const blocks = (await readFile(file, 'latin1')).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length > mostInFile) return [];
    return blocks.map((block) => {
      const { subject, issuer, subjectAltName, validFrom, validTo, ca } = new X509Certificate(block);
      return { file, subject: oneLine(subject), issuer: oneLine(issuer), names: namesIn(subjectAltName), notBefore: new Date(validFrom).toISOString(), notAfter: new Date(validTo).toISOString(), authority: ca };
    });
  } catch (error) {
    problems.push(`${file}: ${(error as NodeJS.ErrnoException).code ?? 'it holds no certificate that is understood'}`);
    return [];
  }
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ').slice(0, 300);
}

function namesIn(text: string | undefined): string[] {
  return (text ?? '').split(', ').map((part) => part.replace(/^(?:DNS|IP Address):/, '')).filter((part) => part !== '').slice(0, 50);
}
