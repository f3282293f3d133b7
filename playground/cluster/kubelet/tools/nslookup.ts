/** busybox nslookup: `nslookup NAME [SERVER]`, through the container's resolv.conf. */
import { promises as dns } from 'node:dns';
import { readFileSync } from 'node:fs';

const [name = '', server] = process.argv.slice(2).filter((word) => !word.startsWith('-'));
if (name === '') {
  process.stderr.write('Usage: nslookup HOST [DNS_SERVER]\n');
  process.exit(1);
}
const config = readFileSync('/etc/resolv.conf', 'utf8');
const search = /^search\s+(.*)$/m.exec(config)?.[1]?.split(/\s+/) ?? [];
const address = server ?? /^nameserver\s+(\S+)/m.exec(config)?.[1] ?? '127.0.0.1';
const resolver = server === undefined ? dns : new dns.Resolver();
if (server !== undefined) resolver.setServers([server]);

process.exitCode = await look();

async function look(): Promise<number> {
  process.stdout.write(`Server:\t\t${address}\nAddress:\t${address}:53\n\n`);
  const names = name.endsWith('.') ? [name.slice(0, -1)] : name.includes('.') ? [name, ...search.map((domain) => `${name}.${domain}`)] : search.map((domain) => `${name}.${domain}`);
  let why = '';
  for (const candidate of names) {
    try {
      const found = await resolver.resolve4(candidate);
      for (const ip of found) process.stdout.write(`Name:\t${candidate}\nAddress: ${ip}\n\n`);
      return 0;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === 'ETIMEOUT' || code === 'ECONNREFUSED') {
        process.stdout.write(';; connection timed out; no servers could be reached\n\n');
        return 1;
      }
      why = code === 'ESERVFAIL' ? 'SERVFAIL' : code === 'EREFUSED' ? 'REFUSED' : 'NXDOMAIN';
      process.stdout.write(`** server can't find ${candidate}: ${why}\n\n`);
    }
  }
  return 1;
}
