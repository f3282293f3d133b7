/** busybox httpd: `httpd -f -p [ADDRESS:]PORT -h DIRECTORY` serves files. Without -f it stays in the foreground too. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, posix } from 'node:path';

const words = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const index = words.indexOf(name);
  return index < 0 ? words.find((word) => word.startsWith(name) && word !== name)?.slice(name.length) : words[index + 1];
};
const [port = '80', host] = (option('-p') ?? '80').split(':').reverse();
const root = option('-h') ?? process.cwd();

const server = createServer((request, response) => {
  const path = posix.normalize(`/${decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/')}`);
  const asked = join(root, path);
  const file = statSync(asked, { throwIfNoEntry: false })?.isDirectory() === true ? join(asked, 'index.html') : asked;
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    response.writeHead(404, { 'content-type': 'text/html', connection: 'close' });
    response.end('<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\nThe requested URL was not found\n</BODY></HTML>\n');
    return;
  }
  response.writeHead(200, { 'content-type': file.endsWith('.html') ? 'text/html' : 'application/octet-stream', 'content-length': found.size, connection: 'close' });
  createReadStream(file).on('error', () => response.destroy()).pipe(response);
});
server.on('error', (error: NodeJS.ErrnoException) => {
  process.stderr.write(`httpd: bind: ${error.code === 'EADDRINUSE' ? 'Address already in use' : error.message}\n`);
  process.exit(1);
});
server.listen({ port: Number(port), host: host ?? '0.0.0.0' });
