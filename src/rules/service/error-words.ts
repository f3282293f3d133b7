/** How the field's proxies, libraries and languages word what went wrong with a call: Node, Go, Java, Python, gRPC, Envoy, nginx. */

/** Nobody listens there. */
export const refusedWords = /\bECONNREFUSED\b|connection refused|ConnectionRefused|\bConnectException\b|actively refused/i;

/** The name is not known. */
export const unknownNameWords = /\bENOTFOUND\b|\bEAI_AGAIN\b|\bEAI_NONAME\b|\bNXDOMAIN\b|getaddrinfo|gaierror|no such host|UnknownHost|NameResolution|name resolution|name resolver error|Name or service not known|could not translate host name|could not be resolved|host not found in upstream|server misbehaving/i;

/** It was waited for. */
export const timeWords = /time[d]?[ _-]?out|did not answer|\bwithin \d+ ?ms|\banswered 50[234]\b|\bdeadline[ _]?exceeded\b|DEADLINE_EXCEEDED/i;

/** Envoy's response flags where it writes them: behind the status in a line, in a field of their own. */
const flagged = (flags: string): string => `\\b[1-5]\\d\\d (?:[A-Z]{2,5},)*(?:${flags})\\b|[Rr]esponse_?[Ff]lags"?\\s*[:=]\\s*"?(?:[A-Z]{2,5},)*(?:${flags})\\b`;
const timeFlags = new RegExp(flagged('UT|DT|SI'));
const errorFlags = new RegExp(flagged('UF|URX|UH|UO|UT|UC|UR|LR|LH|NR|NC|DPE|UPE|UMSDR|DT|RL|SI|DC'));

/** A proxy has nobody to pass it on to. */
const noUpstreamWords = /no[ _]healthy[ _]upstream|no live upstreams|upstream connect error|disconnect\/reset before headers|upstream_reset_before_response/i;

/** The way there is the trouble, or the name, not what the other says. */
export function saysNotReached(text: string): boolean {
  return refusedWords.test(text) || unknownNameWords.test(text) || noUpstreamWords.test(text) || /\bEHOSTUNREACH\b|\bENETUNREACH\b|no route to host|certificate|self[- ]signed|unable to verify/i.test(text);
}

export function speaksOfTime(text: string): boolean {
  return timeWords.test(text) || timeFlags.test(text);
}

/** Beyond the everyday words that errors.ts knows. */
export function saysCallFailed(text: string): boolean {
  return refusedWords.test(text) || unknownNameWords.test(text) || noUpstreamWords.test(text) || errorFlags.test(text) || /\bdeadline[ _]?exceeded\b|\bresource[ _]?exhausted\b/i.test(text) || /\b[A-Z]\w{1,60}(?:Error|Exception)\b/.test(text);
}
