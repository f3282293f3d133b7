/** Looks at a host: its facts, sockets and certificates, as values and as the text that shows them. For the tools and for the rules' first look. */
import { z } from 'zod';
import { certificateFact } from '../../host-facts/certificate-files.ts';
import type { ServiceTarget } from '../../config/targets.ts';
import type { AskedAt } from '../../host-facts/parse-facts.ts';
import { parseFacts } from '../../host-facts/parse-facts.ts';
import { parseSockets } from '../../host-facts/parse-sockets.ts';
import type { HostAnswer, HostReader, HostRequest } from '../../host-facts/request.ts';
import { problemsOf } from '../../host-facts/request.ts';
import { certificatesText, factsText, socketsText } from '../../host-facts/show-facts.ts';
import type { CertificateOnDisk, MachineFacts, SocketFacts } from '../../rules/machine-readings.ts';
import { clockAgainst } from './clock-witness.ts';

export interface Look<T> {
  value: T;
  text: string;
}

/** `local`: its clock is ours, so it is held against that of the services. */
export async function lookAtFacts(reader: HostReader, { local, services, signal }: { local: boolean; services: readonly ServiceTarget[]; signal: AbortSignal }): Promise<Look<MachineFacts>> {
  const [{ answer, times }, witness] = await Promise.all([timed(reader, { what: 'facts' }, signal), local ? clockAgainst(services, signal) : undefined]);
  const facts = parseFacts(answer, local ? undefined : times);
  const value = { ...facts, clock: { ...facts.clock, ...witness } };
  return { value, text: withGaps(factsText(value), answer) };
}

export async function lookAtSockets(reader: HostReader, signal: AbortSignal): Promise<Look<SocketFacts>> {
  const answer = await reader.read({ what: 'sockets' }, signal);
  const value = parseSockets(answer);
  return { value, text: withGaps(socketsText(value), answer) };
}

/** Throws HostRefusedError where no folder is configured. */
export async function lookAtCertificates(reader: HostReader, signal: AbortSignal): Promise<Look<CertificateOnDisk[]>> {
  const answer = await reader.read({ what: 'certificates' }, signal);
  const value = z.array(certificateFact).parse(JSON.parse(answer.sections[0]?.text ?? '[]'));
  return { value, text: withGaps(certificatesText(value, new Date().toISOString()), answer) };
}

/** What could not be read is said at the end. */
export function withGaps(text: string, { sections }: HostAnswer): string {
  const gaps = problemsOf(sections).map((line) => line.replace(/\s+/g, ' ').slice(0, 300));
  return [text, ...(gaps.length === 0 ? [] : ['could not be read:', ...gaps.map((gap) => `  ${gap}`)])].filter((part) => part !== '').join('\n');
}

async function timed(reader: HostReader, request: HostRequest, signal: AbortSignal): Promise<{ answer: HostAnswer; times: AskedAt }> {
  const asked = Date.now();
  const answer = await reader.read(request, signal);
  return { answer, times: { asked, answered: Date.now() } };
}
