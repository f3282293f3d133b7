/** What a program of the menu said, as an engineer writes it down. Pure. */
import { capText } from '../cap-text.ts';
import { tellingHeaders } from '../http/probe-text.ts';
import type { Attempt, Probe } from './probe-menu.ts';

export interface Said {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const mostCharacters = 2_500;

/** The verdict first, then what it goes by. */
export function probeText(probe: Probe, { argv: [program], note }: Attempt, ended: Said): string {
  // Of a traceback the last line says it.
  const said = program === 'python3' ? { ...ended, stderr: ended.stderr.trim().split('\n').at(-1) ?? '' } : ended;
  const lines = [`${verdictOf(probe, said)} (${program}, ended with ${said.exitCode})`, ...(note === undefined ? [] : [note]), ...detailsOf(probe, said)];
  return lines.filter((line) => line !== '').join('\n');
}

function verdictOf(probe: Probe, said: Said): string {
  const all = `${said.stdout}\n${said.stderr}`;
  switch (probe.probe) {
    case 'http': {
      const statuses = [...all.matchAll(statusLine)].map(([, status]) => status);
      return statuses.length > 0 ? `Answered with HTTP ${statuses.join(', then ')}` : `No answer: ${reasonOf(all)}`;
    }
    case 'dns': return said.exitCode === 0 ? 'The name resolves' : `The name does not resolve: ${reasonOf(all)}`;
    case 'tcp': return said.exitCode === 0 || /^\* +Connected to /m.test(said.stderr) ? `Port ${probe.port} is open` : `No connection: ${reasonOf(all)}`;
    case 'resolv_conf': return said.exitCode === 0 ? '/etc/resolv.conf of the container' : 'It could not be read';
    case 'environment_names': return said.exitCode === 0 ? 'Names of the variables that a program there gets; values are never read' : 'They could not be read';
  }
}

const statusLine = /^\s*HTTP\/[\d.]+ (\d{3})\b/gm;

/** In the words of wget, curl, nc, nslookup, getent and Python. */
const reasons: readonly [RegExp, string][] = [
  [/refused/i, 'refused: the host is up, and nothing listens there or a firewall rejects it'],
  [/NXDOMAIN|Name or service not known|not found|does not exist|bad address|could not resolve|unable to resolve|gaierror/i, 'the name is not known to the DNS of this pod'],
  [/SERVFAIL|no servers could be reached|temporary failure/i, 'the DNS of this pod does not answer, or fails'],
  [/certificate|SSL|TLS/i, 'TLS failed'],
  [/timed? ?-?out|alarm/i, 'nothing came back in time: packets are dropped on the way (network policy, firewall), or who listens hangs'],
  [/(?:couldn't|could not|failed to) connect/i, 'no connection came about: nothing listens there, or it is rejected on the way'],
  [/no route|unreachable/i, 'there is no way to it from here'],
  [/reset/i, 'the connection was reset'],
  [/empty reply|error getting response|remote end closed/i, 'the connection was closed without an answer'],
];

function reasonOf(text: string): string {
  return reasons.find(([pattern]) => pattern.test(text))?.[1] ?? 'see below';
}

function detailsOf(probe: Probe, { stdout, stderr }: Said): string[] {
  if (probe.probe === 'environment_names') return namesOf(stdout);
  if (probe.probe === 'http') return httpLines(stdout, stderr);
  return [capText([stdout.trim(), stderr.trim()].filter((part) => part !== '').join('\n'), mostCharacters, 'the rest is not shown')];
}

/** Only what is a name: whatever else an odd program prints stays here. */
function namesOf(stdout: string): string[] {
  const lines = stdout.split(/[\n\0]/).filter((line) => line !== '');
  const names = [...new Set(lines.filter((line) => /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/.test(line)))].sort();
  const links = new Set(names.flatMap((name) => /^(.+)_SERVICE_HOST$/.exec(name)?.[1] ?? []));
  const isLink = (name: string): boolean => [...links].some((service) => name.startsWith(`${service}_SERVICE_`) || name === `${service}_PORT` || name.startsWith(`${service}_PORT_`));
  const own = names.filter((name) => !isLink(name));
  return [
    capText(own.join('\n'), mostCharacters * 2, 'the rest is not shown'),
    ...(links.size === 0 ? [] : [`(and addresses of ${links.size} Services: ${[...links].slice(0, 20).join(', ')}${links.size > 20 ? ', ...' : ''})`]),
    ...(lines.length > names.length ? [`(${lines.length - names.length} lines that are no names are left out)`] : []),
  ];
}

/** Headers come with the error output of wget, and before the body with the others. Those that may carry a session are left out. */
function httpLines(stdout: string, stderr: string): string[] {
  const answered = /^\s*HTTP\/[\d.]+ \d{3}\b/m.test(`${stdout}\n${stderr}`);
  const shows = (line: string): boolean => {
    const [, name] = /^\s*([A-Za-z][A-Za-z0-9-]*):\s/.exec(line) ?? [];
    return !answered || name === undefined || programs.has(name) || tellingHeaders.has(name.toLowerCase());
  };
  const [head, body] = /^HTTP\/[\d.]+ \d{3}/.test(stdout) ? splitHead(stdout) : ['', stdout];
  // Of wget: its words and the headers. Tables of progress say nothing.
  const told = `${stderr}\n${head}`.split('\n').map((line) => line.trim()).filter((line) => line !== '' && shows(line) && !/\d% \||-> "|^Length: |^Saving to/.test(line));
  return [capText(told.join('\n'), mostCharacters, 'the rest is not shown'), ...(body.trim() === '' ? [] : ['body:', /[\0\uFFFD]/.test(body) ? '(binary, not shown)' : capText(body.trim(), mostCharacters, 'the rest of the body is not shown')])];
}

/** Their own words look like headers. */
const programs = new Set(['wget', 'curl']);

function splitHead(text: string): [head: string, body: string] {
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? [text, ''] : [text.slice(0, end.index), text.slice(end.index + end[0].length)];
}
