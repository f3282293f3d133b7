/** Something that can be wrong with the shop. Both doors are idempotent. */
export interface Fault {
  id: string;
  title: string;
  description: string;
  area: 'Database' | 'Network' | 'Rollout' | 'Configuration' | 'Cluster';
  inject(): Promise<void>;
  clear(): Promise<void>;
  /** From the real state, so that a fault somebody repaired is gone. */
  isActive(): Promise<boolean>;
}
