/** One child of a list that is kept up to date in place. */
export interface Item {
  key: string;
  /** The child is left alone while this stays the same. */
  version: string;
  render(): HTMLElement;
  /** Brings an older child up to date; without it the child is rendered again. */
  patch?(existing: HTMLElement): void;
}

const marks = new WeakMap<Element, { key: string; version: string }>();

/** Makes the children of `parent` those of `items`, in order, touching only what changed. */
export function reconcile(parent: HTMLElement, items: Item[]): void {
  const existing = new Map<string, HTMLElement>();
  for (const child of parent.querySelectorAll<HTMLElement>(':scope > *')) existing.set(marks.get(child)?.key ?? '', child);
  const nodes = items.map((item) => current(item, existing.get(item.key)));
  const kept = new Set<Element>(nodes);
  for (const child of existing.values()) if (!kept.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

function current(item: Item, existing: HTMLElement | undefined): HTMLElement {
  if (existing !== undefined && marks.get(existing)?.version === item.version) return existing;
  let node = existing;
  if (node !== undefined && item.patch !== undefined) item.patch(node);
  else node = item.render();
  marks.set(node, { key: item.key, version: item.version });
  return node;
}
