/**
 * An agent in one file, to start from: it reads the task, looks at warning events with kubectl, names what they are about,
 * and changes nothing.  npm run bench -- --agent-command "node bench/sre/examples/events-agent.mjs"
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const task = JSON.parse(await readFile(process.env.SRE_BENCH_TASK, 'utf8'));

/** Reasons of events, and what they most often mean; the words are the task's own. */
const meanings = [
  [/FailedScheduling/, 'unschedulable'],
  [/ErrImagePull|ImagePullBackOff|Failed to pull image/, 'image-not-found'],
  [/FailedMount|FailedAttachVolume/, 'storage-unavailable'],
  [/CreateContainerConfigError|not found/, 'missing-configuration'],
  [/FailedCreate.*quota|exceeded quota/, 'quota-exceeded'],
  [/OOMKill/, 'memory-limit-too-low'],
  [/BackOff/, 'bad-release'],
  [/Unhealthy/, 'probe-misconfigured'],
];

const events = (await kubectl('get', 'events', '--field-selector', 'type=Warning')).items;
const counts = new Map();
for (const event of events) {
  const { kind, name } = event.involvedObject;
  const about = await ownerOf(kind, name);
  const seen = counts.get(about) ?? { count: 0, words: '' };
  counts.set(about, { count: seen.count + (event.count ?? 1), words: `${seen.words}\n${event.reason}: ${event.message}` });
}
const [loudest] = [...counts].sort(([, one], [, other]) => other.count - one.count);
await writeFile(process.env.SRE_BENCH_ANSWER, JSON.stringify(loudest === undefined ? quiet() : loud(...loudest), null, 1));

function quiet() {
  return { root: null, chain: [], summary: `No warning event in ${task.namespace}. I looked at nothing else.` };
}

function loud(resource, { count, words }) {
  const mechanism = meanings.find(([pattern]) => pattern.test(words))?.[1] ?? 'bad-release';
  const title = words.trim().split('\n').at(-1).slice(0, 200);
  return { root: { resource, mechanism, title, confidence: 0.3 }, chain: [resource], summary: `${count} warning events are about ${resource}. I looked at nothing else.` };
}

/** The workload behind a pod, as far as kubectl can follow. */
async function ownerOf(kind, name) {
  const object = await kubectl('get', kind, name).catch(() => undefined);
  const owner = object?.metadata.ownerReferences?.[0];
  return owner === undefined ? `${kind.toLowerCase()}/${name}` : ownerOf(owner.kind, owner.name);
}

async function kubectl(...words) {
  const { stdout } = await run('kubectl', ['-n', task.namespace, ...words, '-o', 'json'], { maxBuffer: 50_000_000 });
  return JSON.parse(stdout);
}
