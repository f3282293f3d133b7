/** The part of JSONPath that printer columns use: `.a.b`, `['a']`, `[0]`, `[-1]`, `[*]`, `[?(@.type=="Ready")].status`. */
type Step = (values: readonly unknown[]) => unknown[];

/** Everything the path finds, in order. A path that can't be read finds nothing. */
export const compilePath = (path: string): ((value: unknown) => unknown[]) => {
  const steps = stepsOf(path.trim().replace(/^\{(.*)\}$/s, '$1').trim().replace(/^\$/, ''));
  return (value) => (steps ?? [() => []]).reduce<unknown[]>((values, step) => step(values), [value]);
};

const field = /^\.?((?:[^.[\]'"\\]|\\.)+)/;
const quoted = /^\['((?:[^'\\]|\\.)*)'\]|^\["((?:[^"\\]|\\.)*)"\]/;
const index = /^\[(-?\d+)\]/;
const every = /^(?:\[\*\]|\.\*)/;
const filter = /^\[\?\(\s*@([^=!<>]*?)\s*(==|!=|<=|>=|<|>)\s*(.*?)\s*\)\]/;
const exists = /^\[\?\(\s*@([^=!<>)]*?)\s*\)\]/;

const stepsOf = (path: string): Step[] | undefined => {
  const steps: Step[] = [];
  for (let rest = path; rest !== '';) {
    const [length, step] = nextStep(rest);
    if (step === undefined) return undefined;
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
};

const nextStep = (text: string): [number, Step | undefined] => {
  const all = every.exec(text);
  if (all !== null) return [all[0].length, (values) => values.flatMap(children)];
  const number = index.exec(text);
  if (number !== null) return [number[0].length, (values) => values.flatMap((value) => (Array.isArray(value) ? value.slice(Number(number[1])).slice(0, 1) : []))];
  const name = quoted.exec(text);
  if (name !== null) return [name[0].length, member(unescaped(name[1] ?? name[2] ?? ''))];
  const condition = filter.exec(text);
  if (condition !== null) return [condition[0].length, where(condition[1] ?? '', condition[2] ?? '', condition[3] ?? '')];
  const existence = exists.exec(text);
  if (existence !== null) {
    const inner = compilePath(existence[1] ?? '');
    return [existence[0].length, (values) => values.flatMap(children).filter((item) => inner(item).length > 0)];
  }
  const plain = field.exec(text);
  return plain === null ? [1, text === '.' ? (values) => [...values] : undefined] : [plain[0].length, member(unescaped(plain[1] ?? ''))];
};

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

const member = (name: string): Step => (values) =>
  values.flatMap((value) => (isRecord(value) && Object.hasOwn(value, name) ? [value[name]] : []));

const children = (value: unknown): unknown[] => (Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []);

const where = (path: string, operator: string, literal: string): Step => {
  const left = compilePath(path);
  const right: unknown = /^'.*'$/s.test(literal) ? literal.slice(1, -1) : parsed(literal);
  return (values) => values.flatMap(children).filter((item) => left(item).some((found) => compare(found, operator, right)));
};

const compare = (found: unknown, operator: string, wanted: unknown): boolean => {
  if (operator === '==') return found === wanted;
  if (operator === '!=') return found !== wanted;
  if (typeof found !== typeof wanted || (typeof found !== 'number' && typeof found !== 'string')) return false;
  const [one, other] = [found, wanted as typeof found];
  return operator === '<' ? one < other : operator === '<=' ? one <= other : operator === '>' ? one > other : one >= other;
};

const parsed = (literal: string): unknown => {
  try {
    return JSON.parse(literal);
  } catch {
    return literal;
  }
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
