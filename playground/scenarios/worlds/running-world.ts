/** A world with a life, and what an agent may know of it. */
import type { World } from '../world.ts';

export interface RunningWorld {
  world: World;
  /** For agents; from now on nothing can be declared. Writes kubeconfigs into `directory`. */
  agentView(directory: string): Promise<AgentView>;
  /** Ends sessions, traffic, pods. Idempotent. */
  close(): Promise<void>;
}

export interface AgentView {
  /** The `targets:` of a sre-agent.yaml; secrets as ${VARIABLE}. */
  targets: Record<string, unknown>;
  /** The variables it names, and programs: KUBECONFIG_READ, KUBECONFIG_WRITE, ORDERS_DB_READ_URL, ORDERS_DB_WRITE_URL, KUBECTL, HELM. */
  environment: Record<string, string>;
  /** Where services answer, from this machine. */
  serviceUrls: Record<string, string>;
}

export interface WorldSettings {
  /** Names the namespace and seeds `world.random`. */
  seed: string;
  directory: string;
  log: (line: string) => void;
  /** Times the services' latency budgets, for a busy machine. */
  latency?: number;
  /** What the scenario needs: a world may leave out what nobody asked for. */
  needs?: readonly string[];
  /** For a real cluster: the credentials of its administrator. */
  kubeconfig?: string;
  /** For a real cluster: where the shop's images (playground/shop/Dockerfile) were pushed, in place of registry.shop.local. */
  registry?: string;
}
