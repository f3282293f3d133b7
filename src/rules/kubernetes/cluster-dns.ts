/** The cluster's own DNS is not up: then names of services do not resolve in any pod. */
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine, quoteLinesWhere } from '../quotes.ts';
import type { Rule } from '../rule.ts';

const complaint = /\[ERROR\]|\[FATAL\]|plugin\/errors|plugin\/loop: Loop|SERVFAIL|i\/o timeout/;
const many = 10;

export const clusterDns: Rule = {
  id: 'cluster-dns', specialist: 'kubernetes',
  detect: ({ clusters = [] }) => clusters.flatMap(({ name, dns }): FindingBody[] => {
    if (dns === undefined) return [];
    const complaints = dns.logs.flatMap(({ value }) => value.lines).filter((line) => complaint.test(line));
    const quotes = [...quoteLine(dns.pods.evidence, 'pods available'), ...dns.logs.flatMap((log) => quoteLinesWhere(log.evidence, 2, (line) => complaint.test(line)))];
    const base = { resource: `dns/${name}/cluster`, quotes };
    if (dns.desired === 0 || dns.ready === 0) {
      return [{ ...base, severity: 'critical', mechanism: 'cluster-dns-down', title: `The DNS of cluster ${name} has ${dns.desired === 0 ? 'no replicas' : 'no ready pod'}`, explanation: 'Names of services do not resolve in any pod until it is back; connections that stand go on. It is outside the namespaces that may be changed from here.', confidence: 0.95 }];
    }
    if (complaints.length < many) return [];
    return [{ ...base, severity: 'info', mechanism: 'cluster-dns-errors', title: `The DNS of cluster ${name} logs errors (${complaints.length} of its newest lines)`, explanation: 'Some names do not resolve, or its own upstream does not answer. It matters only if lookups fail in the pods.', confidence: 0.5 }];
  }),
};
