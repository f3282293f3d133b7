/**
 * Structural redaction of JSON: by what a value is, not by what it looks like. Works on spans of the original
 * text, so that everything else (numbers, order, spacing) stays as it was.
 */
import { isSecretName, isSecretVariable } from './secret-names.ts';
import type { JsonValue } from './json-spans.ts';
import { parseJson } from './json-spans.ts';

/** Whole documents, JSON objects inside lines (logs), and JSON inside JSON strings. */
export function redactJson(text: string, placeholder: string): string {
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    const whole = redactDocument(text, text.length - trimmed.length, placeholder, true, 0);
    if (whole !== undefined) return whole;
  }
  if (!text.includes('{')) return text;
  return text.split('\n').map((line) => {
    const start = line.indexOf('{');
    return start === -1 ? line : (redactDocument(line, start, placeholder, false, 0) ?? line);
  }).join('\n');
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

function redactDocument(text: string, start: number, placeholder: string, whole: boolean, depth: number): string | undefined {
  const parsed = parseJson(text, start);
  if (parsed === undefined || (whole && text.slice(parsed.end).trim() !== '')) return undefined;
  const edits: Edit[] = [];
  visit(parsed, { edits, placeholder, depth });
  edits.sort((a, b) => a.start - b.start);
  let result = '';
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

interface Visit {
  edits: Edit[];
  placeholder: string;
  depth: number;
}

function visit(value: JsonValue, state: Visit): void {
  if (value.kind === 'array') return void value.items.forEach((item) => visit(item, state));
  if (value.kind === 'string') return visitString(value, state);
  if (value.kind !== 'object') return undefined;
  const kind = member(value, 'kind');
  const isSecret = kind?.kind === 'string' && /^Secret(List)?$/.test(kind.value);
  const name = member(value, 'name') ?? member(value, 'key');
  for (const { key, value: child } of value.members) {
    if (isSecret && (key === 'data' || key === 'stringData')) hideAll(child, state);
    else if (key === 'managedFields') state.edits.push({ start: child.start, end: child.end, text: '[]' });
    else if (key === 'kubectl.kubernetes.io/last-applied-configuration' || key === 'auths') hideAll(child, state);
    else if (key === 'value' && name?.kind === 'string' && isSecretVariable(name.value)) hideAll(child, state);
    else if (isSecretName(key) && isHideable(key, child)) hideAll(child, state);
    else if (isSecretVariable(key) && /^[A-Z][A-Z0-9_]*$/.test(key) && isHideable(key, child)) hideAll(child, state);
    else visit(child, state);
  }
}

function visitString(value: JsonValue & { kind: 'string' }, state: Visit): void {
  const inner = value.value.trimStart();
  if (state.depth >= 3 || !(inner.startsWith('{') || inner.startsWith('['))) return;
  const redacted = redactDocument(value.value, value.value.length - inner.length, state.placeholder, true, state.depth + 1);
  if (redacted !== undefined && redacted !== value.value) state.edits.push({ start: value.start, end: value.end, text: JSON.stringify(redacted) });
}

/** Objects are looked into (secretKeyRef names are no secrets); of numbers only those under a password-like name. */
function isHideable(key: string, value: JsonValue): boolean {
  if (value.kind === 'string' || value.kind === 'array') return true;
  return value.kind === 'number' && /password|passwd|secret|pin|otp/i.test(key);
}

/** Every scalar below; an URL keeps what is not its credentials, since where it points is what people need. */
function hideAll(value: JsonValue, state: Visit): void {
  if (value.kind === 'array') value.items.forEach((item) => hideAll(item, state));
  else if (value.kind === 'object') value.members.forEach((one) => hideAll(one.value, state));
  else if (value.kind === 'number') state.edits.push({ start: value.start, end: value.end, text: JSON.stringify(state.placeholder) });
  else if (value.kind === 'string' && value.value !== '') {
    const kept = /^(\w+:\/\/)[^\s/@]*@([\w.:-]+(?:\/[\w.-]*)?)$/.exec(value.value);
    const text = kept === null ? state.placeholder : `${kept[1]}${state.placeholder}@${kept[2]}`;
    state.edits.push({ start: value.start, end: value.end, text: JSON.stringify(text) });
  }
}

function member(value: JsonValue & { kind: 'object' }, key: string): JsonValue | undefined {
  return value.members.find((one) => one.key === key)?.value;
}
