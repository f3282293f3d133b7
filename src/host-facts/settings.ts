/** What may be read of a host, as an operator writes it: in the agent's environment, or in sre-agent.yaml for the machine that looks. */
import { z } from 'zod';
import { parseNetwork } from '../packet-filter/network.ts';

export const unitName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:_.@\\-]{0,200}\.[a-z]+$/, 'must be the whole name of a systemd unit, such as nginx.service');
export const absolutePath = z.string().regex(/^\/[^\0]*[^/\0]$/, 'must be an absolute path');
export const pingTarget = z.string().refine((text) => parseNetwork(text) !== undefined || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text), 'must be host names, addresses or networks such as 10.0.0.0/24');
