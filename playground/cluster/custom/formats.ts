/** Formats of strings that are checked in custom resources; any other is only a hint. */
import { isIP, isIPv4, isIPv6 } from 'node:net';

export const invalidFormat = (format: string, text: string): boolean => Object.hasOwn(checks, format) && checks[format]?.(text) === false;

const matching = (pattern: RegExp) => (text: string): boolean => pattern.test(text);

const checks: Record<string, (text: string) => boolean> = {
  'date-time': (text) => /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: matching(/^-?\d+(\.\d+)?(ns|us|µs|ms|s|m|h)((\d+(\.\d+)?)(ns|us|µs|ms|s|m|h))*$|^0$|^\d+\s*(d|w|days?|weeks?|hours?|minutes?|seconds?)$/),
  uuid: matching(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: (text) => {
    const [address = '', length = '', ...rest] = text.split('/');
    return rest.length === 0 && isIP(address) !== 0 && /^\d+$/.test(length) && Number(length) <= (isIPv4(address) ? 32 : 128);
  },
  email: matching(/^[^\s@]+@[^\s@]+$/),
  hostname: matching(/^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*$/),
  uri: (text) => URL.canParse(text) || text.startsWith('/'),
  byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  mac: matching(/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i),
};
