/** An error of the Web API: `code` is Slack's, `messages` go to response_metadata. */
export class SlackError extends Error {
  readonly code: string;
  readonly messages: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(code: string, messages: readonly string[] = [], extra: Readonly<Record<string, unknown>> = {}) {
    super(messages.length > 0 ? `${code}: ${messages.join('; ')}` : code);
    this.code = code;
    this.messages = messages;
    this.extra = extra;
  }
}

/** The body Slack answers with. */
export function errorBody(error: SlackError): Record<string, unknown> {
  return {
    ok: false,
    error: error.code,
    ...error.extra,
    ...(error.messages.length > 0 && { errors: error.messages.map((message) => message.replace(/^\[ERROR\] /, '')), response_metadata: { messages: error.messages } }),
  };
}
