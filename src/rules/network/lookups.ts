import type { Rule } from '../rule.ts';
import { dnsServer } from './dns-server.ts';
import { upstreamHost } from './upstream.ts';

/** What lookups and connections from here say of the places that services name. */
export const lookupRules: readonly Rule[] = [dnsServer, upstreamHost];
