/** Runs the product in a process that ends with its parent: when standard input closes, so does it. */
process.stdin.resume();
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.on('error', () => process.kill(process.pid, 'SIGTERM'));

await import('../src/main.ts');
