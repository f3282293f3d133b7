/** What the store refuses. One class per cause. */

export class IncidentNotFoundError extends Error {
  readonly code = 'incident_not_found';
  override readonly name = 'IncidentNotFoundError';
  constructor(id: string) {
    super(`There is no incident ${id}. List the incidents to see which exist.`);
  }
}

export class ChangeNotFoundError extends Error {
  readonly code = 'change_not_found';
  override readonly name = 'ChangeNotFoundError';
  constructor(id: string) {
    super(`There is no change ${id}. List the changes of the incident to see which exist.`);
  }
}

export class IllegalTransitionError extends Error {
  readonly code = 'illegal_transition';
  override readonly name = 'IllegalTransitionError';
  constructor(id: string, from: string, to: string) {
    super(`Change ${id} can't go from ${from} to ${to}. The allowed steps are in src/changes/change.ts.`);
  }
}
