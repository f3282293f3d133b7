/** Network policies as rules look at them. */
import type { FieldChange, Labels } from './object-readings.ts';

export interface PolicyPeer {
  pods?: LabelSelector;
  namespaces?: LabelSelector;
  addresses?: string;
  /** Of these addresses, the ones that are left out. */
  except?: string[];
}

export interface LabelSelector {
  labels: Labels;
  /** Requirements beyond plain labels. */
  expressions: { key: string; operator: string; values: string[] }[];
}

export interface PolicyRule {
  /** Empty: anybody. */
  peers: PolicyPeer[];
  /** Empty: any port. */
  ports: { port?: string | number; protocol: string; endPort?: number }[];
}

export interface NetworkPolicy {
  name: string;
  /** Those of people and their tools, as they are. */
  annotations?: Labels;
  createdAt?: string;
  pods: LabelSelector;
  /** Absent: this direction is not restricted by it. */
  ingress?: PolicyRule[];
  egress?: PolicyRule[];
  changes: FieldChange[];
  /** What `kubectl apply` last put there, when it is noted: its ingress rules. */
  applied?: { ingress?: PolicyRule[]; raw: string };
}
