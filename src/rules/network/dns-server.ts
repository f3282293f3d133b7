/** The DNS server itself does not answer: several unrelated names fail in the same way, and none is found. */
import { quoteLine } from '../quotes.ts';
import type { Rule } from '../rule.ts';
import { count } from '../words.ts';

const noAnswer = new Set(['EAI_AGAIN', 'ETIMEOUT', 'ETIMEDOUT', 'ECONNREFUSED', 'ESERVFAIL', 'TIMEOUT']);
const enoughNames = 2;

export const dnsServer: Rule = {
  id: 'dns-server',
  specialist: 'network',
  detect: (readings) => {
    const named = readings.hosts.filter((host) => !/^[\d.]+$|:|^localhost$/.test(host.host));
    const failed = named.filter((host) => noAnswer.has(host.lookup.value.error ?? ''));
    const names = new Set(failed.map((host) => host.host));
    // One name found means that the server answers.
    if (names.size < enoughNames || failed.length < named.length) return [];
    return [
      {
        severity: 'critical',
        resource: 'network/dns',
        mechanism: 'dns-not-answering',
        title: `DNS does not answer: none of ${count(names.size, 'name')} could be looked up`,
        explanation: 'The failures say that no answer came, which is not the same as a name that does not exist. Everything that is reached by name will fail.',
        confidence: 0.8,
        quotes: failed.slice(0, 2).flatMap((host) => quoteLine(host.lookup.evidence, host.host)),
      },
    ];
  },
};
