/** Certificates on disk that are no longer valid, not yet, or not for long. */
import type { Evidence } from '../../incident/types.ts';
import type { CertificateOnDisk, MachineReading } from '../machine-readings.ts';
import { list } from '../words.ts';
import { machineRule } from './machine-rule.ts';
import type { MachineFinding } from './machine-rule.ts';

const soonDays = 7;
const day = 86_400_000;

export const certificatesOnDisk = machineRule('certificates-on-disk', { part: 'certificate', specialist: 'generic' }, (machine) => {
  const { certificates } = machine;
  if (certificates === undefined) return [];
  const now = Date.parse(certificates.evidence.at);
  const own = certificates.value.filter((one) => one.names.length > 0 || !one.authority);
  const wrong = (test: (one: CertificateOnDisk) => boolean): CertificateOnDisk[] => own.filter((one) => test(one) && !isReplaced(one, own, now));
  const expired = wrong(({ notAfter }) => Date.parse(notAfter) < now);
  const early = wrong(({ notBefore }) => Date.parse(notBefore) > now);
  const soon = wrong(({ notAfter }) => Date.parse(notAfter) >= now && Date.parse(notAfter) < now + soonDays * day);
  const found: MachineFinding[] = [
    ...describe(expired, machine, { severity: 'warning', mechanism: 'certificate-expired', says: 'has expired', explanation: 'Whoever is shown it breaks the connection off. Renew it, and see that what serves it reads the new one.' }),
    ...describe(early, machine, { severity: 'warning', mechanism: 'certificate-not-yet-valid', says: 'is not valid yet', explanation: 'It was issued for later, or the clock is wrong.' }),
    ...describe(soon, machine, { severity: 'info', mechanism: 'certificate-expiring', says: `expires within ${soonDays} days`, explanation: 'Its renewal should have run by now.' }),
  ];
  return found.map((finding): [MachineFinding, Evidence] => [finding, certificates.evidence]);
});

function describe(found: readonly CertificateOnDisk[], { name }: MachineReading, { severity, mechanism, says, explanation }: { severity: MachineFinding['severity']; mechanism: string; says: string; explanation: string }): MachineFinding[] {
  if (found.length === 0) return [];
  const named = found.slice(0, 3).map(({ names, subject, file, notAfter }) => `${names[0] ?? subject} (${file}, until ${notAfter.slice(0, 10)})`);
  return [{
    severity, mechanism, explanation, confidence: 0.85,
    title: `On ${name} the certificate of ${list(named)}${found.length > named.length ? ` and of ${found.length - named.length} more` : ''} ${says}`,
    shows: found.slice(0, 3).map(({ file, notAfter }) => [file, notAfter]),
  }];
}

/** A newer one for the same names lies beside it: this one is history. */
function isReplaced(one: CertificateOnDisk, all: readonly CertificateOnDisk[], now: number): boolean {
  return all.some((other) => other !== one && Date.parse(other.notAfter) > now + soonDays * day && Date.parse(other.notBefore) <= now && (other.names.length > 0 ? other.names : [other.subject]).join() === (one.names.length > 0 ? one.names : [one.subject]).join());
}
