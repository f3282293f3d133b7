/** No port is left for new connections towards one peer. */
import { socketsRule } from './machine-rule.ts';

export const outgoingPorts = socketsRule('outgoing-ports-exhausted', ({ ephemeral, states }, { name }) => {
  if (ephemeral === undefined || ephemeral.used < ephemeral.ports * 0.9) return [];
  return [{
    severity: 'critical',
    mechanism: 'outgoing-ports-exhausted',
    title: `${name} has used ${ephemeral.used} of ${ephemeral.ports} outgoing ports towards ${ephemeral.peer}`,
    explanation: `New connections there fail with EADDRNOTAVAIL. ${states['TIME-WAIT'] ?? 0} sockets are in TIME-WAIT: connections are opened and closed instead of being kept, or leak.`,
    confidence: 0.85,
    shows: [['outgoing ports:', ephemeral.used, ephemeral.peer]],
  }];
});
