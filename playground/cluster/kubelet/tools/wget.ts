/** busybox wget: `wget [-q] [-S] [-O FILE] [-T SECONDS] [--header H] [--post-data D] [--spider] URL`. */
import { createWriteStream } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { basename } from 'node:path';

interface Asked {
  url: string;
  quiet: boolean;
  show: boolean;
  spider: boolean;
  output?: string;
  seconds: number;
  headers: Record<string, string>;
  body?: string;
}

const longestChain = 5;

const fail = (text: string): never => {
  process.stderr.write(`wget: ${text}\n`);
  process.exit(1);
};

function read(words: string[]): Asked {
  const asked: Asked = { url: '', quiet: false, show: false, spider: false, seconds: 900, headers: {} };
  const value = (word: string, index: number): string => (word.includes('=') && word.startsWith('--') ? word.slice(word.indexOf('=') + 1) : words[index + 1] ?? '');
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [name = ''] = word.split('=');
    if (!word.startsWith('-')) asked.url = word;
    else if (name === '--spider') asked.spider = true;
    else if (['--header', '--post-data', '-O', '-T', '-Y', '-U'].includes(name) || /^-q?S?O$/.test(name) || name === '-qT') {
      const text = value(word, index);
      if (!word.startsWith('--') || !word.includes('=')) index += 1;
      if (name.includes('q') && !name.startsWith('--')) asked.quiet = true;
      if (name === '--header') asked.headers[text.slice(0, text.indexOf(':')).trim()] = text.slice(text.indexOf(':') + 1).trim();
      if (name === '--post-data') asked.body = text;
      if (name.endsWith('O')) asked.output = text;
      if (name.endsWith('T') && !name.startsWith('--')) asked.seconds = Number(text);
    } else if (/^-[a-zA-Z]*O.+/.test(word)) {
      asked.output = word.slice(word.indexOf('O') + 1);
      asked.quiet ||= word.slice(0, word.indexOf('O')).includes('q');
    } else if (/^-T\d+$/.test(word)) asked.seconds = Number(word.slice(2));
    else {
      asked.quiet ||= word.includes('q');
      asked.show ||= word.includes('S');
    }
  }
  if (asked.url === '') fail('missing URL');
  if (!/^https?:\/\//.test(asked.url)) asked.url = `http://${asked.url}`;
  return asked;
}

function get(asked: Asked, address: string, left: number): void {
  const url = new URL(address);
  const host = url.hostname;
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method: asked.body === undefined ? 'GET' : 'POST', rejectUnauthorized: false, agent: false, headers: { 'User-Agent': 'Wget', Connection: 'close', ...asked.headers },
  }, (response) => {
    const { statusCode = 0, headers } = response;
    if (asked.show) process.stderr.write(`  HTTP/1.1 ${statusCode} ${response.statusMessage ?? ''}\n`);
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined && left > 0) {
      response.resume();
      return get(asked, new URL(headers.location, url).href, left - 1);
    }
    if (statusCode >= 400) return fail(`server returned error: HTTP/1.1 ${statusCode} ${response.statusMessage ?? ''}`);
    save(asked, url, response);
  });
  let connected = '';
  request.on('socket', (socket) => socket.once('connect', () => {
    connected = socket.remoteAddress ?? '';
  }));
  request.setTimeout(asked.seconds * 1_000, () => fail('download timed out'));
  request.on('error', (error: NodeJS.ErrnoException & { address?: string }) => {
    if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') fail(`bad address '${host}${url.port === '' ? '' : `:${port}`}'`);
    const shown = error.address ?? (connected === '' ? host : connected);
    if (error.code === 'ECONNREFUSED') fail(`can't connect to remote host (${shown}): Connection refused`);
    if (error.code === 'ETIMEDOUT') fail(`can't connect to remote host (${shown}): Connection timed out`);
    fail('error getting response: Connection reset by peer');
  });
  if (!asked.quiet) process.stderr.write(`Connecting to ${host}${url.port === '' ? '' : `:${port}`}\n`);
  request.end(asked.body);
}

function save(asked: Asked, url: URL, response: IncomingMessage): void {
  if (asked.spider) {
    if (!asked.quiet) process.stderr.write('remote file exists\n');
    response.resume();
    process.exit(0);
  }
  const file = asked.output ?? (basename(url.pathname) || 'index.html');
  response.on('aborted', () => fail('connection closed prematurely'));
  response.pipe(file === '-' ? process.stdout : createWriteStream(file));
}

const asked = read(process.argv.slice(2));
get(asked, asked.url, longestChain);
