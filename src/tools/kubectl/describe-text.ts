/** `kubectl describe` prints the values of environment variables; those that are named like secrets are hidden before anybody sees them. */
import { placeholder } from '../../redaction/redactor.ts';
import { isSecretVariable } from '../../redaction/secret-names.ts';

export function hideSecretVariables(text: string): string {
  const lines = text.split('\n');
  let blockIndent: number | undefined;
  let hiding: number | undefined;
  return lines.flatMap((line, index) => {
    const indent = line.search(/\S/);
    if (indent === -1) return [line];
    // The further lines of a value that has several.
    if (hiding !== undefined && indent > hiding) return [];
    hiding = undefined;
    if (blockIndent !== undefined && indent <= blockIndent) blockIndent = undefined;
    if (/^\s*Environment:\s*$/.test(line)) {
      blockIndent = indent;
      return [line];
    }
    const [, before = '', name = '', value = ''] = /^(\s*([^\s:]+):\s+)(\S.*)$/.exec(line) ?? [];
    const isVariable = blockIndent !== undefined && isSecretVariable(name) && !reference.test(value);
    // Custom resources are described field by field: `Name:  API_TOKEN`, then `Value:  ...`.
    const isValueOfPair = name === 'Value' && isSecretVariable(/^\s*Name:\s+(\S+)\s*$/.exec(lines[index - 1] ?? '')?.[1] ?? '');
    if (!isVariable && !isValueOfPair) return [line];
    hiding = indent;
    return [`${before}${placeholder}`];
  }).join('\n');
}

/** Where a value comes from instead of the value. */
const reference = /^(?:<set to the key '[^']*' (?:in secret|of config map) '[^']*'>(?:\s+Optional: (?:true|false))?|\(v1:[\w.]+\))$/;
