/** What can be wrong with a node, for whoever wants to see it wrong. */
export interface NodeFaults {
  /** No heartbeats, no status, no orders: the node controller finds it silent. */
  notReady: boolean;
  diskPressure: boolean;
  memoryPressure: boolean;
}

export const noFaults = (): NodeFaults => ({ notReady: false, diskPressure: false, memoryPressure: false });
