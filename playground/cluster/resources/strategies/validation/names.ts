/** Which names Kubernetes takes, and what it says of the others. */
export type NameRule = 'subdomain' | 'label' | 'label1035' | 'path';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const used = (pattern: string): string => `regex used for validation is '${pattern}'`;
const tooLongText = (most: number): string => `must be no more than ${most} bytes`;

export const subdomainText = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', ${used('[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')})`;
export const labelText = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', ${used('[a-z0-9]([-a-z0-9]*[a-z0-9])?')})`;
const label1035Text = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', ${used('[a-z]([-a-z0-9]*[a-z0-9])?')})`;
const qualifiedText = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', ${used('([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')})`;
const labelValueText = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', ${used('(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')})`;

/** What is wrong with a name; nothing when it is fine. */
export function nameProblems(name: string, rule: NameRule): string[] {
  switch (rule) {
    case 'label': return labelProblems(name);
    case 'label1035': return [...(name.length > 63 ? [tooLongText(63)] : []), ...(label1035.test(name) ? [] : [label1035Text])];
    case 'path': return pathProblems(name);
    case 'subdomain': return subdomainProblems(name);
  }
}

export const labelProblems = (name: string): string[] => [...(name.length > 63 ? [tooLongText(63)] : []), ...(label.test(name) ? [] : [labelText])];
export const subdomainProblems = (name: string): string[] => [...(name.length > 253 ? [tooLongText(253)] : []), ...(subdomain.test(name) ? [] : [subdomainText])];

/** Keys of labels, annotations, taints, resources: `name` or `example.com/name`. */
export function qualifiedNameProblems(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) return [`a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', ${used('([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')}) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? (parts[0] ?? '') : undefined;
  return [
    ...(prefix === undefined ? [] : prefix === '' ? ['prefix part must be non-empty'] : subdomainProblems(prefix).map((problem) => `prefix part ${problem}`)),
    ...(name === '' ? ['name part must be non-empty'] : name.length > 63 ? [`name part ${tooLongText(63)}`] : []),
    ...(qualifiedPart.test(name) ? [] : [qualifiedText]),
  ];
}

export const labelValueProblems = (value: string): string[] => [...(value.length > 63 ? [tooLongText(63)] : []), ...(labelValue.test(value) ? [] : [labelValueText])];

function pathProblems(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((character) => name.includes(character)).map((character) => `may not contain '${character}'`);
}
