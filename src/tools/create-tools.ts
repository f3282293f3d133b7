/** The model-facing tools, for those targets that exist. */
import type { ClusterTarget, Targets } from '../config/targets.ts';
import type { Logger } from '../telemetry/log.ts';
import { BinaryNotFoundError, findBinary } from '../process/find-binary.ts';
import { dnsLookup } from './dns/dns-lookup.ts';
import { grpcHealth } from './grpc/grpc-health.ts';
import { hostRules } from './host/host-rules.ts';
import { createHostTools } from './host/host-tools.ts';
import { recentDeploys } from './host/recent-deploys.ts';
import { httpProbe } from './http/http-probe.ts';
import { knownEndpoints, tcpConnect } from './net/tcp-connect.ts';
import { operationRead } from './operation/operation-read.ts';
import { serviceMap } from './map/service-map.ts';
import { metricsScrape } from './metrics/metrics-scrape.ts';
import { lokiQuery } from './loki/loki-query.ts';
import { mysqlExplain } from './mysql/mysql-explain.ts';
import { mysqlLook } from './mysql/mysql-look.ts';
import { prometheusQuery } from './prometheus/prometheus-query.ts';
import { postgresExplain } from './sql/postgres-explain.ts';
import { postgresLook } from './sql/postgres-look.ts';
import { sqlSelect } from './sql/sql-select.ts';
import { createHelmTools } from './helm/helm-tools.ts';
import { createKubectlTools } from './kubectl/kubectl-tools.ts';
import { tlsCertificate } from './tls/tls-certificate.ts';
import type { Tool } from './tool.ts';
import { serviceStatus } from './workload/service-status.ts';

export interface ToolParts {
  targets: Targets;
  log: Pick<Logger, 'debug' | 'warn'>;
  /** Absolute paths; found on PATH when absent. */
  binaries?: { kubectl?: string | undefined; helm?: string | undefined };
}

/**
 * Throws BinaryNotFoundError when a configured path is wrong; without kubectl or helm on PATH its tools are left out, with a warning.
 * Sorted by name, so that a prompt that lists them stays the same and cacheable.
 */
export function createTools({ targets, log, binaries = {} }: ToolParts): Tool[] {
  const { databases, services, operations, resolvers, clusters, hosts } = targets;
  const [postgres, mysql] = [databases.filter(({ kind }) => kind === 'postgres'), databases.filter(({ kind }) => kind === 'mysql')];
  const tools: (Tool | undefined)[] = [
    dnsLookup({ resolvers, search: targets.dnsSearch }),
    tcpConnect(targets),
    tlsCertificate(targets),
    ...(postgres.length > 0 ? [sqlSelect(postgres, log), postgresLook(postgres, log), postgresExplain(postgres, log)] : []),
    ...(mysql.length > 0 ? [mysqlLook(mysql), mysqlExplain(mysql)] : []),
    services.length > 0 ? httpProbe(services) : undefined,
    services.length > 0 ? metricsScrape(services) : undefined,
    services.length > 0 ? grpcHealth(services) : undefined,
    services.length > 0 ? serviceMap({ targets, kubectl: clusters.length > 0 ? kubectlPath(binaries.kubectl) : undefined }) : undefined,
    targets.prometheus === undefined ? undefined : prometheusQuery(targets.prometheus, ['service', 'network', 'generic', ...(clusters.length > 0 ? ['kubernetes' as const] : []), ...(databases.length > 0 ? ['database' as const] : [])]),
    targets.loki === undefined ? undefined : lokiQuery(targets.loki, ['service', 'generic', ...(clusters.length > 0 ? ['kubernetes' as const] : [])]),
    services.some(({ status }) => status !== undefined) ? serviceStatus(services) : undefined,
    operations.length > 0 ? operationRead(targets) : undefined,
    hosts.some(({ url }) => url !== undefined) ? hostRules(hosts.filter(({ url }) => url !== undefined)) : undefined,
    ...createHostTools(hosts, services),
    recentDeploys(targets),
    ...clusterTools('kubectl', binaries.kubectl, (parts) => createKubectlTools({ ...parts, endpoints: knownEndpoints(targets) })),
    ...clusterTools('helm', binaries.helm, createHelmTools),
  ];
  const offered = tools.filter((tool) => tool !== undefined).map((tool) => (databases.length > 0 && ofDatabaseServers.has(tool.name) ? { ...tool, specialists: [...tool.specialists, 'database' as const] } : tool));
  return offered.sort((a, b) => (a.name < b.name ? -1 : 1));

  function clusterTools(name: string, configured: string | undefined, create: (parts: { clusters: readonly ClusterTarget[]; binary: string }) => Tool[]): Tool[] {
    if (clusters.length === 0) return [];
    try {
      return create({ clusters, binary: findBinary(name, { configured }) });
    } catch (error) {
      if (configured !== undefined || !(error instanceof BinaryNotFoundError)) throw error;
      log.warn({ program: name, variable: name.toUpperCase() }, `${error.message} in ${name.toUpperCase()}`);
      return [];
    }
  }
}

/** A database server's own log, and the machine that it runs on: out of space, killed, at odds with its clock. */
const ofDatabaseServers = new Set(['host_facts', 'host_logs', 'kubectl_logs']);

/** Undefined when it isn't there: what needs it says so. */
function kubectlPath(configured: string | undefined): string | undefined {
  try {
    return findBinary('kubectl', { configured });
  } catch (error) {
    if (error instanceof BinaryNotFoundError) return undefined;
    throw error;
  }
}
