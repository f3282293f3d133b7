/** Where the page is, kept in the address so that a reload lands there. */
export interface Place {
  user: string;
  channel: string;
  thread: string | null;
}

export function readPlace(): Place {
  const parameters = new URLSearchParams(window.location.hash.slice(1));
  return { user: parameters.get('user') ?? '', channel: parameters.get('channel') ?? '', thread: parameters.get('thread') };
}

export function writePlace(place: Place): void {
  const parameters = new URLSearchParams({ user: place.user, channel: place.channel });
  if (place.thread !== null) parameters.set('thread', place.thread);
  const hash = `#${parameters.toString()}`;
  if (window.location.hash !== hash) window.history.replaceState(null, '', hash);
}
