/** The ReAct contestant's one tool: kubectl, helm, sql and http, as words and without a shell, with the credentials that may change things. */
import { Client } from 'pg';
import mysql from 'mysql2/promise';
import { z } from 'zod';
import { helmEnvironment, kubectlEnvironment } from '../../../../../src/process/environment.ts';
import { findBinary } from '../../../../../src/process/find-binary.ts';
import { runProcess } from '../../../../../src/process/run.ts';
import { capText } from '../../../../../src/tools/cap-text.ts';
import type { Site } from '../../contestant.ts';
import { servicesOf } from '../../wellness.ts';

export const commandSchema = z.object({
  words: z.array(z.string()).min(1).describe('The program and its words. kubectl ... | helm ... | sql DATABASE STATEMENT | http METHOD URL [BODY]'),
  input: z.string().optional().describe('Standard input, for kubectl apply -f -'),
});
export type Command = z.infer<typeof commandSchema>;

export interface Outcome {
  text: string;
  ok: boolean;
}

const outputCap = 8_000;
const rowCap = 100;
const patience = 60_000;

/** Words that would read this machine's files, use other credentials, or never end. */
const refusedWords = /^(--(kubeconfig|server|token|as|as-.*|user|cluster|context|certificate-authority|client-.*|insecure-.*|kube-.*|repository-.*|registry-.*|post-renderer.*|set-file|watch|watch-only|follow|profile.*|cache-dir|kuberc)(=.*)?|-s.*|-w.*)$/;
const refusedVerbs = new Set(['config', 'cp', 'proxy', 'port-forward', 'edit', 'plugin', 'attach', 'debug', 'kustomize', 'plugins', 'repo', 'pull', 'push', 'registry', 'env', 'package', 'completion']);

const databasesSchema = z.array(z.object({ name: z.string(), kind: z.string(), write: z.string().optional(), read: z.string() }));

/** Never throws for what a command does or may not do. */
export function createCommands(site: Pick<Site, 'view' | 'directory' | 'signal'>): (command: Command) => Promise<Outcome> {
  const { environment, targets } = site.view;
  const databases = databasesSchema.parse(targets['databases'] ?? []);
  const origins = new Set(servicesOf(site.view).map(({ url }) => new URL(url).origin));

  return async ({ words: [program = '', ...words], input }) => {
    try {
      const outcome = await run(program, words, input);
      return { ...outcome, text: capText(outcome.text.trim() || '(no output)', outputCap, 'ask for less') };
    } catch (error) {
      return { ok: false, text: error instanceof Error ? error.message : String(error) };
    }
  };

  async function run(program: string, words: string[], input: string | undefined): Promise<Outcome> {
    if (program === 'kubectl' || program === 'helm') return runProgram(program, words, input);
    if (program === 'sql') return runSql(words);
    if (program === 'http') return runHttp(words);
    throw new Error(`There is no program ${program}: kubectl, helm, sql, http.`);
  }

  async function runProgram(program: 'kubectl' | 'helm', words: string[], input: string | undefined): Promise<Outcome> {
    const [verb = ''] = afterNamespace(words);
    if (verb.startsWith('-')) throw new Error(`${verb} is not allowed here: begin with the verb, or with -n NAMESPACE and the verb.`);
    const refused = refusedVerbs.has(verb) ? verb : words.find((word, index) => refusedWords.test(word) || readsFile(word, words[index + 1]));
    if (refused !== undefined) throw new Error(`${refused} is not allowed here. Files come from standard input: -f -`);
    const kubeconfig = environment['KUBECONFIG_WRITE'] ?? environment['KUBECONFIG_READ'] ?? '';
    const file = findBinary(program, { configured: environment[program.toUpperCase()] });
    const result = await runProcess({ file, argv: words, environment: (program === 'helm' ? helmEnvironment : kubectlEnvironment)(site.directory, kubeconfig), timeoutMilliseconds: patience, maxBytes: 200_000, signal: site.signal, ...(input !== undefined && { stdin: input }) });
    return { ok: result.exitCode === 0, text: [result.stdout, result.stderr, ...(result.timedOut ? [`It was stopped after ${patience / 1000} s.`] : [])].filter(Boolean).join('\n') };
  }

  async function runSql([name, ...rest]: string[]): Promise<Outcome> {
    const database = databases.find((one) => one.name === name);
    if (!database) throw new Error(`There is no database ${name ?? ''}: ${databases.map((one) => one.name).join(', ')}. sql DATABASE STATEMENT`);
    const url = environment[variableIn(database.write ?? database.read)] ?? '';
    const rows = await (database.kind === 'mysql' ? askMysql : askPostgres)(url, rest.join(' '));
    return { ok: true, text: rows };
  }

  async function runHttp([method = 'GET', address = '', body]: string[]): Promise<Outcome> {
    const url = new URL(address);
    if (!origins.has(url.origin)) throw new Error(`${url.origin} is none of the services: ${[...origins].join(', ')}`);
    const response = await fetch(url, { method, redirect: 'manual', signal: AbortSignal.any([site.signal, AbortSignal.timeout(20_000)]), ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }) });
    return { ok: true, text: `HTTP ${response.status}\n${await response.text()}` };
  }
}

/** -f FILE, -f=FILE, -fFILE, --filename FILE, -k DIR and so on, other than standard input; `logs -f`, which never ends, as well. */
function readsFile(word: string, next: string | undefined): boolean {
  const given = /^(?:-f|-k|--filename|--patch-file|--values|--from-file|--from-env-file|--kustomize)(?:=(.*))?$/.exec(word);
  if (given) return (given[1] ?? next) !== '-';
  return /^-[fk][^=-]/.test(word);
}

const variableIn = (reference: string): string => /^\$\{(.+)\}$/.exec(reference)?.[1] ?? '';

async function askPostgres(url: string, statement: string): Promise<string> {
  const client = new Client({ connectionString: url, statement_timeout: patience, connectionTimeoutMillis: 10_000, application_name: 'react' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = await client.query(statement);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return tableOf(last?.rows ?? [], `${last?.command ?? ''} ${last?.rowCount ?? 0}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function askMysql(url: string, statement: string): Promise<string> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 10_000 });
  try {
    const [rows] = await connection.query(statement);
    return Array.isArray(rows) ? tableOf(rows as Record<string, unknown>[], `${rows.length} rows`) : JSON.stringify(rows);
  } finally {
    await connection.end().catch(() => undefined);
  }
}

function tableOf(rows: readonly Record<string, unknown>[], footer: string): string {
  return [...rows.slice(0, rowCap).map((row) => JSON.stringify(row)), ...(rows.length > rowCap ? [`... ${rows.length - rowCap} more rows`] : []), footer].join('\n');
}

/** Without `-n shop` at the beginning. */
function afterNamespace(words: readonly string[]): readonly string[] {
  const [first = ''] = words;
  if (first === '-n' || first === '--namespace') return words.slice(2);
  return first.startsWith('--namespace=') ? words.slice(1) : words;
}

const changing = /\b(insert|update|delete|merge|pg_terminate_backend|pg_cancel_backend|pg_reload_conf|pg_advisory\w*|setval|nextval|set_config|lo_\w+|dblink\w*|into)\b/i;

/** What changes nothing, whoever runs it. */
export function isReading({ words: [program = '', ...rest] }: Command): boolean {
  const [verb = '', next = ''] = program === 'sql' ? ['', rest.slice(1).join(' ')] : afterNamespace(rest);
  if (program === 'kubectl') return /^(get|describe|logs|events|top|explain|version|api-resources|api-versions|auth|diff|wait|cluster-info)$/.test(verb) || (verb === 'rollout' && /^(status|history)$/.test(next));
  if (program === 'helm') return /^(list|ls|status|get|history|version|show|template)$/.test(verb);
  if (program === 'http') return /^(get|head|options)$/i.test(verb);
  return /^\s*(select|show|explain|table|values|with)\b/i.test(next) && !changing.test(next);
}
