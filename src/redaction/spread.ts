/** Secrets that do not stand beside their name in one line, or stand there in another spelling. */
import { isSecretName, isSecretVariable } from './secret-names.ts';

/** A value in the lines below its name: YAML's `password: |` and `password:`, JSON with a line for each. */
export function hideValuesBelow(text: string, placeholder: string): string {
  if (!nameAlone.test(text)) return text;
  let name: { indent: number; block: boolean } | undefined;
  let hidden = false;
  return text.split('\n').flatMap((line) => {
    const indent = line.search(/\S/);
    if (name !== undefined && indent > name.indent && (name.block || (!hidden && !isStructure(line)))) {
      const first = !hidden;
      hidden = true;
      return line.trim() === placeholder ? [line] : first || !name.block ? [`${line.slice(0, indent)}${placeholder}`] : [];
    }
    if (indent !== -1 || name?.block !== true) [name, hidden] = [nameIn(line), false];
    return [line];
  }).join('\n');
}

const nameAlone = /[\w"']:[ \t]{0,20}(?:[|>][+-]?\d?[+-]?)?[ \t]{0,20}$/m;

function nameIn(line: string): { indent: number; block: boolean } | undefined {
  if (line.length > 2_000) return undefined;
  const found = /^([ \t]*(?:- )?)(?:.*[\s"'])?([A-Za-z][\w.-]{0,80})["']?[ \t]*:[ \t]*([|>][+-]?\d?[+-]?)?[ \t]*$/.exec(line);
  if (found === null || !isSecret(found[2] ?? '')) return undefined;
  return { indent: (found[1] ?? '').length, block: found[3] !== undefined };
}

/** A mapping, a list or a bracket, which is looked at by itself; a frame of a stack. */
function isStructure(line: string): boolean {
  return /^\s*(?:at\s|-(?:\s|$)|[[{}\]]|["']?[\w./-]+["']?\s*:(?:\s|$))/.test(line);
}

/** `<password>x</password>`, `SET PASSWORD FOR a = 'x'`. */
export function hideEnclosed(text: string, placeholder: string): string {
  return text
    .replace(/<([A-Za-z][\w.-]{0,60})((?:\s[^<>]{0,200})?)>([^<>\n]{1,2000})<\/\1>/g, (whole, name: string, more: string) => (isSecret(name) ? `<${name}${more}>${placeholder}</${name}>` : whole))
    .replace(/\b(set\s+password\b[^'\n]{0,80}(?:'[^'\n]{0,80}'(?:@'[^'\n]{0,80}')?\s*)?=\s*(?:password\s*\(\s*)?)'(?:[^'\\\n]|''|\\.)*'/gi, `$1'${placeholder}'`);
}

/** Base64 and percent-encoding of a text that `redact` would not leave as it is; once, not encodings of encodings. */
export function hideEncoded(text: string, placeholder: string, redact: (text: string) => string): string {
  const tells = (decoded: string): boolean => redact(decoded) !== decoded;
  return text
    .replace(/[A-Za-z0-9+/_-]+={0,2}/g, (run) => {
      if (run.length < 20 || run.length > 8192) return run;
      const decoded = Buffer.from(run, 'base64').toString('utf8');
      return isText(decoded) && tells(decoded) ? placeholder : run;
    })
    .replace(/[^\s"'`<>=&]+/g, (run) => {
      if (run.length > 8192 || !run.includes('%')) return run;
      const decoded = decodePercent(run);
      return decoded !== undefined && decoded !== run && tells(decoded) ? placeholder : run;
    });
}

/** Nothing but what a person could have written: random bytes hardly ever are. */
function isText(decoded: string): boolean {
  return /^[\t\n\r\x20-\x7E]+$/.test(decoded);
}

function decodePercent(run: string): string | undefined {
  try {
    return decodeURIComponent(run);
  } catch {
    return undefined;
  }
}

function isSecret(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? isSecretVariable(name) : isSecretName(name);
}
