type Child = Node | string | null | undefined | false;

type Listeners = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };

interface Attributes {
  [name: string]: string | number | boolean | null | undefined | Listeners;
  on?: Listeners;
}

/** An element with attributes, listeners and children. Strings become text nodes, so nothing in them is markup. */
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  for (const [name, listener] of Object.entries(attributes.on ?? {})) node.addEventListener(name, listener as EventListener);
  append(node, children);
  return node;
}

const svgSpace = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attributes: Record<string, string | number> = {}, ...children: SVGElement[]): SVGElement {
  const node = document.createElementNS(svgSpace, tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

export function append(node: Element, children: Child[]): void {
  for (const child of children) if (child !== null && child !== undefined && child !== false) node.append(child);
}

/** Replaces the children only when the text differs, so that a screen reader and a selection are left in peace. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false || typeof value === 'object') continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
}
