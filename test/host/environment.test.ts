import { expect, test } from 'vitest';
import { ConfigurationError } from '../../src/config/configuration-error.ts';
import { readHostEnvironment } from '../../src/host/environment.ts';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { requirement } from '../support/requirements.ts';

const [read, write] = ['r'.repeat(32), 'w'.repeat(32)];
const good = { HOST_AGENT_READ_TOKEN: read, HOST_AGENT_WRITE_TOKEN: write };

function problemsOf(environment: Record<string, string>): string {
  try {
    readHostEnvironment(environment);
    return 'no problem';
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

test.skipIf(!requirement('iptables'))('has defaults for everything but the tokens', () => {
  expect(readHostEnvironment(good)).toMatchObject({ listen: { host: '127.0.0.1', port: 8090 }, stateDirectory: '/var/lib/sre-agent-host', protectedPorts: [], programs: { iptables: expect.stringMatching(/^\/.*iptables/) } });
  expect(readHostEnvironment({ ...good, HOST_AGENT_LISTEN: '[::1]:9', HOST_AGENT_PROTECTED_PORTS: '2222, 443', HOST_AGENT_PROTECTED_NETWORKS: '10.0.0.0/24,2001:db8::1' })).toMatchObject({ listen: { host: '::1', port: 9 }, protectedPorts: [2222, 443], protectedNetworks: [{ canonical: '10.0.0.0/24' }, { canonical: '2001:db8::1/128' }] });
  expect(readHostEnvironment({ ...good, HOST_AGENT_LISTEN: 'unix:/run/agent.sock' })).toMatchObject({ listen: { socket: '/run/agent.sock' } });
});

test.each<[string, Record<string, string>, string[]]>([
  ['no tokens', {}, ['HOST_AGENT_READ_TOKEN is missing', 'HOST_AGENT_WRITE_TOKEN is missing']],
  ['a short token', { ...good, HOST_AGENT_WRITE_TOKEN: 'hunter2' }, ['HOST_AGENT_WRITE_TOKEN', '32 characters']],
  ['one token for both', { ...good, HOST_AGENT_WRITE_TOKEN: read }, ['are the same']],
  ['tokens in the clear over the network', { ...good, HOST_AGENT_LISTEN: '0.0.0.0:8090' }, ['in the clear', 'HOST_AGENT_TLS_CERTIFICATE']],
  ['half of a certificate', { ...good, HOST_AGENT_TLS_KEY: '/key' }, ['belong together']],
  ['a name for an address', { ...good, HOST_AGENT_LISTEN: 'edge:8090' }, ['HOST_AGENT_LISTEN', 'ADDRESS:PORT']],
  ['a network that is none', { ...good, HOST_AGENT_PROTECTED_NETWORKS: '10.0.0.1/8' }, ['HOST_AGENT_PROTECTED_NETWORKS']],
  ['a unit that is no name of one', { ...good, HOST_AGENT_UNITS: '--root=/' }, ['HOST_AGENT_UNITS', 'nginx.service']],
  ['a folder that is not absolute', { ...good, HOST_AGENT_CERTIFICATES: 'etc/ssl' }, ['HOST_AGENT_CERTIFICATES', 'absolute']],
  ['the whole disk for certificates', { ...good, HOST_AGENT_CERTIFICATES: '/' }, ['HOST_AGENT_CERTIFICATES', 'absolute']],
  ['a flag to be pinged', { ...good, HOST_AGENT_PING: '-f' }, ['HOST_AGENT_PING']],
  ['a program that is none', { ...good, IPTABLES: '/nowhere/iptables' }, ['IPTABLES', '/nowhere/iptables']],
])('stops at %s and says what to do', (_what, environment, texts) => {
  const message = problemsOf(environment);
  for (const text of texts) expect(message).toContain(text);
  expect(message).not.toContain('hunter2');
  expect(message).not.toContain(read);
});

test('the settings that are shipped name every variable, and do not start as they are', () => {
  const text = readFileSync('deploy/host/sre-agent-host.env', 'utf8');
  const source = readFileSync('src/host/environment.ts', 'utf8');
  const named = [...text.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1]);
  expect(named.toSorted()).toEqual([...new Set([...source.matchAll(/^ {2}((?:HOST_AGENT_[A-Z_]+)|IPTABLES|IP6TABLES|FLOCK):/gm)].map((match) => match[1]))].toSorted());
  expect(problemsOf(parseEnv(text) as Record<string, string>)).toContain('HOST_AGENT_READ_TOKEN is missing');
});
