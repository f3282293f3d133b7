/** Milliseconds as Kubernetes shows ages: `110s`, `2m30s`, `17m`, `3h5m`, `2d4h`, `10d`. Up to two seconds below zero count as zero. */
export const humanDuration = (milliseconds: number): string => {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return pair(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return hours < 24 * 365 * 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
};

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;

/** Time since an RFC 3339 instant; `<unknown>` without one. `now` in milliseconds. */
export const since = (instant: string | undefined | null, now: number): string => {
  if (instant === undefined || instant === null || instant === '') return '<unknown>';
  const at = Date.parse(instant);
  return Number.isNaN(at) ? '<unknown>' : humanDuration(now - at);
};
