/**
 * The menu of what may be run inside a container: programs that images usually have, each with words that code alone
 * writes. A host, a port or a URL is one word and begins with no dash; nothing is a shell, and nothing takes a model's words for a program.
 */

export type Probe =
  | { probe: 'http'; scheme: 'http' | 'https'; method: 'GET' | 'HEAD'; host: string; port: number; path: string }
  | { probe: 'dns'; host: string }
  | { probe: 'tcp'; host: string; port: number }
  | { probe: 'resolv_conf' }
  | { probe: 'environment_names' };

export interface Attempt {
  argv: readonly [program: string, ...words: string[]];
  /** What it leaves out, for whoever reads its answer. */
  note?: string;
}

const seconds = 5;

/** In the order in which they are tried: the next one only where one is missing, or does not know its options. */
export function attemptsOf(probe: Probe): Attempt[] {
  switch (probe.probe) {
    case 'http': return httpAttempts(probe);
    case 'dns': return [{ argv: ['nslookup', probe.host] }, { argv: ['getent', 'ahosts', probe.host] }, { argv: [...python, lookUp, probe.host] }];
    case 'tcp': return [
      { argv: ['nc', '-z', '-v', '-w', String(seconds), probe.host, String(probe.port)] },
      { argv: [...python, connect, probe.host, String(probe.port)] },
      { argv: ['curl', '-q', '-sS', '-v', '--noproxy', '*', '--connect-timeout', '3', '--max-time', '3', `telnet://${probe.host}:${probe.port}`] },
    ];
    case 'resolv_conf': return [{ argv: ['cat', resolvConf] }, { argv: ['head', '-n', '200', resolvConf] }, { argv: ['awk', '{ print }', resolvConf] }, { argv: [...python, 'print(open("/etc/resolv.conf").read())'] }];
    // Names alone leave the container: none of these prints a value, however many lines it has.
    case 'environment_names': return [
      { argv: ['awk', 'BEGIN { for (name in ENVIRON) print name }'] },
      { argv: ['cut', '-z', '-d', '=', '-f', '1', '/proc/self/environ'] },
      { argv: [...python, 'import os\nfor name in os.environ: print(name)'] },
    ];
  }
}

function httpAttempts({ scheme, method, host, port, path }: Extract<Probe, { probe: 'http' }>): Attempt[] {
  const url = `${scheme}://${host}:${port}${path}`;
  const head = method === 'HEAD';
  return [
    // GNU: a redirect is shown and not followed.
    { argv: ['wget', '-nv', '-S', ...(head ? ['--spider'] : []), '-O', '-', '-T', String(seconds), '--tries=1', '--max-redirect=0', '--no-proxy', '--content-on-error', url] },
    // BusyBox follows redirects, and can't be kept from it: nothing of where it may end is shown but the headers.
    { argv: ['wget', '-S', ...(head ? ['--spider'] : []), '-Y', 'off', '-T', String(seconds), '-O', '/dev/null', url], note: 'This wget follows redirects; the body is not shown.' },
    { argv: ['curl', '-q', '-sS', '-g', head ? '-I' : '-i', '--max-time', String(seconds), '--max-redirs', '0', '--noproxy', '*', '--proto', '=http,https', url] },
    { argv: [...python, request, scheme, method, host, String(port), path] },
  ];
}

const resolvConf = '/etc/resolv.conf';

/** Isolated from the variables and folders of whoever's container it is. An interpreter as large as Node could use up the memory that the container has left. */
const python = ['python3', '-I', '-S', '-c'] as const;
const lookUp = 'import socket,sys\nfor one in sorted({a[4][0] for a in socket.getaddrinfo(sys.argv[1], None)}): print("Address:", one)';
const connect = `import socket,sys\nsocket.create_connection((sys.argv[1], int(sys.argv[2])), ${seconds}).close()\nprint("open")`;
const request = [
  'import http.client as h,sys,ssl',
  's,m,host,port,path=sys.argv[1:]',
  `c=h.HTTPSConnection(host,int(port),timeout=${seconds}) if s=="https" else h.HTTPConnection(host,int(port),timeout=${seconds})`,
  'c.request(m,path)',
  'r=c.getresponse()',
  'print("HTTP/1.1",r.status,r.reason)',
  'for n,v in r.getheaders(): print(n+": "+v)',
  'print()',
  'print(r.read(4096).decode("utf-8","replace"))',
].join('\n');
