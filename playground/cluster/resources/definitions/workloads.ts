/** apps, batch, autoscaling and policy. */
import { group, scale, status } from './build.ts';
import type { Group } from './build.ts';

export const apps: Group = group('apps', 'v1', {
  namespaced: [
    { plural: 'controllerrevisions', kind: 'ControllerRevision', hash: '85nkx63pcBU=' },
    { plural: 'daemonsets', kind: 'DaemonSet', shortNames: ['ds'], categories: ['all'], hash: 'dd7pWHUlMKQ=', subresources: [status('DaemonSet')] },
    { plural: 'deployments', kind: 'Deployment', shortNames: ['deploy'], categories: ['all'], hash: '8aSe+NMegvE=', subresources: [scale('spec.selector'), status('Deployment')] },
    { plural: 'replicasets', kind: 'ReplicaSet', shortNames: ['rs'], categories: ['all'], hash: 'P1RzHs8/mWQ=', subresources: [scale('spec.selector'), status('ReplicaSet')] },
    { plural: 'statefulsets', kind: 'StatefulSet', shortNames: ['sts'], categories: ['all'], hash: 'H+vl74LkKdo=', subresources: [scale('spec.selector'), status('StatefulSet')] },
  ],
});

export const batch: Group = group('batch', 'v1', {
  namespaced: [
    { plural: 'cronjobs', kind: 'CronJob', shortNames: ['cj'], categories: ['all'], hash: 'sd5LIXh4Fjs=', subresources: [status('CronJob')] },
    { plural: 'jobs', kind: 'Job', categories: ['all'], hash: 'mudhfqk/qZY=', subresources: [status('Job')] },
  ],
});

export const autoscaling: Group = group('autoscaling', 'v2', {
  namespaced: [
    { plural: 'horizontalpodautoscalers', kind: 'HorizontalPodAutoscaler', shortNames: ['hpa'], categories: ['all'], hash: 'qwQve8ut294=', subresources: [status('HorizontalPodAutoscaler')] },
  ],
});

export const policy: Group = group('policy', 'v1', {
  namespaced: [
    { plural: 'poddisruptionbudgets', kind: 'PodDisruptionBudget', shortNames: ['pdb'], hash: 'EVWiDmWqyJw=', subresources: [status('PodDisruptionBudget')] },
  ],
});
