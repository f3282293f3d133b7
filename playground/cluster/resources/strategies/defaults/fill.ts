/** Sets what is absent, empty text or zero, as Go's defaults do. */
export function fill<T extends object>(target: T, values: Partial<T>): void {
  for (const [field, value] of Object.entries(values)) {
    const present = (target as Record<string, unknown>)[field];
    if (present === undefined || present === null || present === '' || present === 0) (target as Record<string, unknown>)[field] = value;
  }
}

/** Sets what is absent: for fields whose zero means something. */
export function fillAbsent<T extends object>(target: T, values: Partial<T>): void {
  for (const [field, value] of Object.entries(values)) (target as Record<string, unknown>)[field] ??= value;
}
