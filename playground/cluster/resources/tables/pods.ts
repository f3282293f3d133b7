/** The line of a pod: what state it is in, seen through its containers. */
import type { ObjectOf } from '../../objects/object.ts';
import { humanDuration } from '../../objects/duration.ts';
import type { ContainerStateTerminated, ContainerStatus, PodCondition } from '../../objects/types.ts';
import { age, ageColumn, column, nameColumn, table, wide } from './table.ts';
import { containerCells, containersColumn, imagesColumn, labelsText } from './selectors.ts';

type Pod = ObjectOf<'pods'>;

export const pods = table<'pods'>(
  [
    nameColumn,
    column('Ready', 'Containers that are ready, of all.'),
    column('Status', 'State of the pod, judged by its containers.'),
    column('Restarts', 'Restarts of its containers, and when the last was.'),
    ageColumn,
    wide('IP', 'Address of the pod.'),
    wide('Node', 'Node it is assigned to.'),
    wide('Nominated Node', 'Node where room is being made for it.'),
    wide('Readiness Gates', 'Further conditions of readiness that hold, of all.'),
  ],
  (pod, now) => {
    const { ready, total, status, restarts, lastRestart } = summary(pod);
    return [
      pod.metadata.name,
      `${ready}/${total}`,
      status,
      restarts > 0 && lastRestart > 0 ? `${restarts} (${humanDuration(now - lastRestart)} ago)` : String(restarts),
      age(pod, now),
      pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
      pod.spec?.nodeName || '<none>',
      pod.status?.nominatedNodeName || '<none>',
      readinessGates(pod),
    ];
  },
);

export const podTemplates = table<'podtemplates'>(
  [nameColumn, { ...containersColumn, priority: 0 }, { ...imagesColumn, priority: 0 }, column('Pod Labels', 'Labels of the pods it makes.')],
  (object) => [object.metadata.name, ...containerCells(object.template), labelsText(object.template?.metadata?.labels)],
);

interface Summary { ready: number; total: number; status: string; restarts: number; lastRestart: number }

/** How a pod is shown in a list. `lastRestart`: milliseconds since the epoch, 0 for never. */
export const summary = (pod: Pod): Summary => {
  const initial = initialization(pod);
  const result = initial.status !== undefined && !holds(pod.status?.conditions, 'Initialized')
    ? { ...initial.all, ready: initial.ready, status: initial.status }
    : running(pod, initial);
  return { ...result, total: (pod.spec?.containers ?? []).length + initial.sidecars, status: deletion(pod) ?? result.status };
};

const phaseText = ({ status }: Pod): string =>
  (status?.conditions ?? []).some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')
    ? 'SchedulingGated'
    : status?.reason || status?.phase || '';

interface Restarts { restarts: number; lastRestart: number }
interface Initialization { status: string | undefined; ready: number; sidecars: number; all: Restarts; ofSidecars: Restarts }

/** `status` undefined: its init containers are through. */
const initialization = (pod: Pod): Initialization => {
  const specified = pod.spec?.initContainers ?? [];
  const sidecars = new Set(specified.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const seen: ContainerStatus[] = [];
  let ready = 0;
  let status: string | undefined;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    seen.push(container);
    if (container.state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started === true) {
      if (container.ready) ready += 1;
      continue;
    }
    status = initText(container, `Init:${index}/${specified.length}`);
    break;
  }
  return { status, ready, sidecars: sidecars.size, all: restartsOf(seen), ofSidecars: restartsOf(seen.filter(({ name }) => sidecars.has(name))) };
};

const initText = ({ state }: ContainerStatus, otherwise: string): string => {
  if (state?.terminated !== undefined) return `Init:${terminatedText(state.terminated)}`;
  const reason = state?.waiting?.reason ?? '';
  return reason !== '' && reason !== 'PodInitializing' ? `Init:${reason}` : otherwise;
};

const running = (pod: Pod, initial: Initialization): Omit<Summary, 'total'> => {
  let status = initial.status ?? phaseText(pod);
  const containers = pod.status?.containerStatuses ?? [];
  const alive = containers.filter((container) => containerText(container) === undefined && container.ready && container.state?.running !== undefined);
  const first = containers.map(containerText).find((text) => text !== undefined);
  status = first ?? status;
  if (status === 'Completed' && alive.length > 0) status = holds(pod.status?.conditions, 'Ready') ? 'Running' : 'NotReady';
  const own = restartsOf(containers);
  return {
    ready: initial.ready + alive.length,
    status,
    restarts: initial.ofSidecars.restarts + own.restarts,
    lastRestart: Math.max(initial.ofSidecars.lastRestart, own.lastRestart),
  };
};

const containerText = ({ state }: ContainerStatus): string | undefined =>
  state?.waiting?.reason || (state?.terminated === undefined ? undefined : terminatedText(state.terminated));

const terminatedText = ({ reason, signal, exitCode }: ContainerStateTerminated): string =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);

const restartsOf = (containers: readonly ContainerStatus[]): Restarts => ({
  restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
  lastRestart: Math.max(0, ...containers.map(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? '') || 0)),
});

const deletion = ({ metadata, status }: Pod): string | undefined => {
  if (metadata.deletionTimestamp === undefined) return undefined;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? undefined : 'Terminating';
};

const holds = (conditions: readonly PodCondition[] | undefined, wanted: string): boolean =>
  (conditions ?? []).some(({ type, status }) => type === wanted && status === 'True');

const readinessGates = ({ spec, status }: Pod): string => {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter(({ conditionType }) => holds(status?.conditions, conditionType)).length}/${gates.length}`;
};
