/** Numbers in as few signs as a column has. */

export function rate(perSecond: number): string {
  return perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}

export function percent(part: number): string {
  const value = part * 100;
  // Rounding must not hide a failure: 99.97 is not 100.
  return `${value >= 100 || value === 0 ? value.toFixed(0) : Math.min(value, 99.9).toFixed(1)}%`;
}

export function duration(milliseconds: number): string {
  return milliseconds >= 1000 ? `${(milliseconds / 1000).toFixed(milliseconds >= 10_000 ? 0 : 1)} s` : `${Math.round(milliseconds)} ms`;
}

/** As kubectl writes ages. */
export function age(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
