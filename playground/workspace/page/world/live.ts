import type { Item } from '../keyed.ts';

/** An element that is built once and kept up to date in place: focus, selection and what was opened stay. */
export interface Live<T> {
  node: HTMLElement;
  update(value: T): void;
}

const updates = new WeakMap<HTMLElement, (value: unknown) => void>();

/** `value` must be plain JSON: the element is updated when it differs. */
export function liveItem<T>(key: string, value: T, build: () => Live<T>): Item {
  return {
    key,
    version: JSON.stringify(value),
    render: () => {
      const { node, update } = build();
      updates.set(node, (next) => update(next as T));
      update(value);
      return node;
    },
    patch: (node) => updates.get(node)?.(value),
  };
}
