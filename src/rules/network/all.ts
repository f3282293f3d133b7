import type { Rule } from '../rule.ts';
import { dnsServer } from './dns-server.ts';
import { upstreamHost } from './upstream.ts';

export const networkRules: readonly Rule[] = [dnsServer, upstreamHost];
