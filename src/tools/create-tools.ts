/** The model-facing tools, for those targets that exist. */
import type { Targets } from '../config/targets.ts';
import type { Logger } from '../telemetry/log.ts';
import { dnsLookup } from './dns/dns-lookup.ts';
import { httpProbe } from './http/http-probe.ts';
import { tcpConnect } from './net/tcp-connect.ts';
import { operationRead } from './operation/operation-read.ts';
import { sqlSelect } from './sql/sql-select.ts';
import type { Tool } from './tool.ts';
import { serviceStatus } from './workload/service-status.ts';

export interface ToolParts {
  targets: Targets;
  log: Pick<Logger, 'debug'>;
  /** Absolute paths; found on PATH when absent. */
  binaries?: { kubectl?: string | undefined; helm?: string | undefined };
}

/** Sorted by name, so that a prompt that lists them stays the same and cacheable. */
export function createTools({ targets, log }: ToolParts): Tool[] {
  const { databases, services, operations, resolvers } = targets;
  const tools: (Tool | undefined)[] = [
    dnsLookup(resolvers),
    tcpConnect(targets),
    databases.length > 0 ? sqlSelect(databases, log) : undefined,
    services.length > 0 ? httpProbe(services) : undefined,
    services.some(({ status }) => status !== undefined) ? serviceStatus(services) : undefined,
    operations.length > 0 ? operationRead(targets) : undefined,
  ];
  return tools.filter((tool) => tool !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}
