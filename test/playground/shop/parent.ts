/** Run by orphans.test.ts as the shop's parent, to be killed: prints the pids it is responsible for. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardProcess } from '../../../playground/shop/guardian.ts';
import { firstEnvironments } from '../../../playground/shop/services-environment.ts';
import { serviceNames } from '../../../playground/shop/shop.ts';
import { superviseService } from '../../../playground/shop/supervisor/service.ts';
import { freePort } from '../../../src/database/embedded/free-port.ts';

const ports = { frontend: await freePort(), catalog: await freePort(), checkout: await freePort(), payments: await freePort() };
const environments = firstEnvironments(ports, (role) => `postgresql://${role}:secret@127.0.0.1:${ports.frontend}/shop`);
const services = serviceNames.map((name) => superviseService(name, environments[name]));
await Promise.all(services.map((service) => service.restart()));
while (services.some((service) => service.status().state !== 'running')) await sleep(100);
// Stands for PostgreSQL: a program that knows nothing of its parent.
const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
guardProcess(server.pid ?? 0);
process.stdout.write(`${JSON.stringify({ pids: [...services.map((service) => service.pid()), server.pid] })}\n`);
