/** Redaction of secrets this process holds, in every form in which a system may echo them. */
export function knownValueRedactor(knownSecrets: () => readonly string[]): (text: string, placeholder: string) => string {
  let madeFor = '';
  let pattern: RegExp | undefined;
  return (text, placeholder) => {
    const secrets = knownSecrets();
    const key = JSON.stringify(secrets);
    if (key !== madeFor) {
      madeFor = key;
      pattern = patternOf(secrets, placeholder);
    }
    return pattern === undefined ? text : text.replace(pattern, placeholder);
  };
}

function patternOf(secrets: readonly string[], placeholder: string): RegExp | undefined {
  const values = new Set(secrets.flatMap((secret) => [secret, secret.trim(), ...passwordOf(secret)]).filter((value) => isDistinct(value) && !placeholder.includes(value)));
  const forms = new Set([...values].flatMap(formsOf).filter((form) => form.length >= minimumLength && !placeholder.includes(form)));
  if (forms.size === 0) return undefined;
  return new RegExp([...forms].sort((a, b) => b.length - a.length).map(escape).join('|'), 'g');
}

/** Shorter ones, and the words everybody uses for local databases, would eat ordinary text. */
function isDistinct(value: string): boolean {
  return value.length >= minimumLength && !/^(?:postgres(?:ql)?|password|passwd|secret|changeme|default|readonly|example|admin\d*|root\d*|localhost|development|[a-z]{1,7})$/i.test(value);
}

const minimumLength = 6;

function passwordOf(secret: string): string[] {
  if (!URL.canParse(secret)) return [];
  const { password } = new URL(secret);
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

function formsOf(value: string): string[] {
  const wellFormed = Buffer.from(value, 'utf8').toString('utf8');
  const percent = encodeURIComponent(wellFormed);
  const inJson = JSON.stringify(value).slice(1, -1);
  return [
    value, percent, percent.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()), percent.replaceAll('%20', '+'),
    new URLSearchParams([['', wellFormed]]).toString().slice(1), inJson, JSON.stringify(inJson).slice(1, -1),
    value.replaceAll("'", "''"), Buffer.from(value, 'utf8').toString('hex'), ...base64Forms(value),
  ];
}

/** Its base64 at each of the three alignments it can have inside longer text, without the characters that depend on the neighbours. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const cores = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '');
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    return encoded.slice(shift === 0 ? 0 : shift + 1, whole);
  });
  return [bytes.toString('base64'), ...cores].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]).filter((form) => form.length >= 8);
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
