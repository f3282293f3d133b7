/** busybox nc: `nc [-z] [-v] [-w SECONDS] HOST PORT` and `nc -l -p PORT`. */
import { connect, createServer, type Socket } from 'node:net';

const words = process.argv.slice(2);
const flags = words.filter((word) => word.startsWith('-')).join('');
const after = (name: string): string | undefined => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
const values = words.filter((word, index) => !word.startsWith('-') && !['-w', '-p'].includes(words[index - 1] ?? ''));
const seconds = Number(after('-w') ?? 0);

const through = (socket: Socket): void => {
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
  socket.on('error', () => process.exit(1));
  socket.on('close', () => process.exit(0));
};

if (flags.includes('l')) {
  const server = createServer((socket) => {
    server.close();
    through(socket);
  });
  server.listen({ port: Number(after('-p') ?? values[0] ?? 0), host: '0.0.0.0' });
} else {
  const [host = '', port = ''] = values;
  const socket = connect({ host, port: Number(port) });
  if (seconds > 0) {
    socket.setTimeout(seconds * 1_000, () => {
      process.stderr.write(`nc: ${host} (${host}:${port}): Connection timed out\n`);
      process.exit(1);
    });
  }
  socket.once('error', (error: NodeJS.ErrnoException & { address?: string }) => {
    if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') process.stderr.write(`nc: bad address '${host}'\n`);
    else process.stderr.write(`nc: ${host} (${error.address ?? host}:${port}): ${error.code === 'ECONNREFUSED' ? 'Connection refused' : 'Connection timed out'}\n`);
    process.exit(1);
  });
  socket.once('connect', () => {
    socket.setTimeout(0);
    socket.removeAllListeners('error');
    if (flags.includes('v')) process.stderr.write(`${host} (${socket.remoteAddress ?? host}:${port}) open\n`);
    if (flags.includes('z')) process.exit(0);
    through(socket);
  });
}
