/** A handshake as an engineer reads it: what is wrong first, then the chain. Pure. */
import { count } from '../../rules/words.ts';
import type { Certificate, Handshake } from './read-certificate.ts';

const dayMilliseconds = 86_400_000;
const soonDays = 21;
const mostNames = 20;

export function handshakeText(handshake: Handshake, { host, port, now }: { host: string; port: number; now: Date }): string {
  const { address, milliseconds, protocol, cipher, application, chain } = handshake;
  const problems = problemsOf(handshake, host, now);
  return [
    `${address} port ${port}: TLS handshake in ${Math.round(milliseconds)} ms, ${protocol}, ${cipher}${application === undefined ? '' : `, ALPN ${application}`}`,
    ...(problems.length === 0 ? [`the certificate is trusted here, valid and made out to ${host}`] : problems.map((problem) => `problem: ${problem}`)),
    ...chain.flatMap((certificate, index) => certificateLines(certificate, index, now)),
    `(compared with the clock here, ${now.toISOString()}, and with the authorities that this process trusts)`,
  ].join('\n');
}

/** Empty: a client that trusts the same authorities would go on. */
export function problemsOf({ untrusted, misnamed, chain, protocol }: Handshake, host: string, now: Date): string[] {
  const expired = chain.filter(({ to }) => to < now);
  const early = chain.filter(({ from }) => from > now);
  const [leaf] = chain;
  return [
    ...(leaf === undefined ? ['it showed no certificate'] : []),
    ...expired.map(({ subject, to }) => `${subject} expired ${days(now.getTime() - to.getTime())} ago`),
    ...early.map(({ subject, from }) => `${subject} is not valid before ${from.toISOString()}; or the clock here is wrong`),
    ...(misnamed === undefined ? [] : [`the name ${host} is not one of the certificate's: ${leaf?.names.slice(0, mostNames).join(', ') || 'it has none'}`]),
    ...(untrusted === undefined || (untrusted === 'CERT_HAS_EXPIRED' && expired.length > 0) || (untrusted === 'CERT_NOT_YET_VALID' && early.length > 0) ? [] : [`not trusted: ${untrusted}${explain(untrusted)}`]),
    ...(leaf !== undefined && leaf.to >= now && leaf.to.getTime() - now.getTime() < soonDays * dayMilliseconds ? [`${leaf.subject} expires in ${days(leaf.to.getTime() - now.getTime())}`] : []),
    ...(protocol === 'TLSv1' || protocol === 'TLSv1.1' ? [`${protocol} is refused by most clients`] : []),
  ];
}

function explain(code: string): string {
  const text = explanations[code];
  return text === undefined ? '' : ` (${text})`;
}

const explanations: Record<string, string | undefined> = Object.assign(Object.create(null) as Record<string, string>, {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it signed itself; clients need it among what they trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not among those trusted here; an internal one must be given to every client',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server does not send the certificate in between, or its authority is unknown here',
  UNABLE_TO_GET_ISSUER_CERT: 'a certificate in between is missing from what the server sends',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown here, or a certificate in between is not sent',
  CERT_SIGNATURE_FAILURE: 'its signature does not fit its authority',
  CERT_REVOKED: 'it was revoked',
  INVALID_PURPOSE: 'it is not made for servers',
});

function certificateLines({ subject, issuer, names, from, to, serial, fingerprint, key, selfSigned }: Certificate, index: number, now: Date): string[] {
  const left = to.getTime() - now.getTime();
  return [
    `${index}. subject ${subject || '(empty)'}`,
    ...(names.length === 0 ? [] : [`   names ${names.slice(0, mostNames).join(', ')}${names.length > mostNames ? `, and ${names.length - mostNames} more` : ''}`]),
    `   issuer ${selfSigned ? 'itself' : issuer}`,
    `   valid ${from.toISOString()} to ${to.toISOString()}: ${left < 0 ? `expired ${days(-left)} ago` : `${days(left)} left`}`,
    `   key ${key}, serial ${serial}, SHA-256 ${fingerprint.slice(0, 29)}...`,
  ];
}

function days(milliseconds: number): string {
  return milliseconds < 2 * dayMilliseconds ? count(Math.floor(milliseconds / 3_600_000), 'hour') : count(Math.floor(milliseconds / dayMilliseconds), 'day');
}
