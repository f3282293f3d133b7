const locale = 'en-GB';
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const longDay = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const shortDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const fullDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });

/** A Slack timestamp ("1700000000.000100") as milliseconds. */
export function milliseconds(ts: string): number {
  return Number.parseFloat(ts) * 1000 || 0;
}

export function timeOfDay(ts: string): string {
  return clock.format(milliseconds(ts));
}

export function fullTime(ts: string): string {
  const time = milliseconds(ts);
  return `${fullDay.format(time)} at ${clockSeconds.format(time)}`;
}

export function dayName(ts: string): string {
  const time = milliseconds(ts);
  return nearDay(time) ?? longDay.format(time);
}

/** "just now", "5 minutes ago", "today at 14:05", "3 Nov at 14:05". */
export function lastReply(ts: string): string {
  const time = milliseconds(ts);
  const minutes = Math.floor((Date.now() - time) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} minute${minutes === 1 ? '' : 's'} ago`;
  return `${(nearDay(time) ?? shortDay.format(time)).replace(/^[TY]/, (letter) => letter.toLowerCase())} at ${clock.format(time)}`;
}

/** Slack's date formats: "{date_short_pretty} at {time}". Unknown parts stay as they are. */
export function formatDate(seconds: number, format: string): string {
  const time = seconds * 1000;
  const parts: Record<string, () => string> = {
    date_num: () => new Date(time).toISOString().slice(0, 10),
    date: () => fullDay.format(time),
    date_short: () => shortDay.format(time),
    date_long: () => `${longDay.format(time)} ${new Date(time).getFullYear()}`,
    date_pretty: () => nearDay(time) ?? fullDay.format(time),
    date_short_pretty: () => nearDay(time) ?? shortDay.format(time),
    date_long_pretty: () => nearDay(time) ?? longDay.format(time),
    day_divider_pretty: () => nearDay(time) ?? longDay.format(time),
    time: () => clock.format(time),
    time_secs: () => clockSeconds.format(time),
    ago: () => lastReply(String(seconds)),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(parts, name) ? (parts[name]?.() ?? whole) : whole));
}

function nearDay(time: number): string | null {
  const day = new Date(time).toDateString();
  if (day === new Date().toDateString()) return 'Today';
  return day === new Date(Date.now() - 86_400_000).toDateString() ? 'Yesterday' : null;
}
