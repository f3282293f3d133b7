/** Something that can be wrong with the shop. Both doors are idempotent. */
import type { Pool } from 'pg';
import type { RoleName } from '../roles.ts';
import type { ServiceName } from '../shop.ts';
import type { SupervisedService } from '../supervisor/service.ts';

export interface FaultContext {
  admin: Pool;
  databaseUrl(role: RoleName): string;
  service(name: ServiceName): SupervisedService;
  port(name: ServiceName): number;
}

export interface Fault {
  id: string;
  title: string;
  description: string;
  area: 'Database' | 'Service' | 'Network' | 'Rollout' | 'Configuration' | 'Cluster';
  inject(): Promise<void>;
  clear(): Promise<void>;
  /** From the real state, so that a fault somebody repaired is gone. */
  isActive(): Promise<boolean>;
}
