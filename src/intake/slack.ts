/** What a person asks in Slack, as an alert. */
import { titleOf } from '../incident/title.ts';
import type { Alert, Severity } from '../incident/types.ts';
import { fingerprintOf } from './fingerprint.ts';

export interface SlackRequest {
  /** As Slack sent it, its escapes and mentions in it. */
  text: string;
  channel: string;
  where?: string;
  severity?: Severity;
  url?: string;
  now?: Date;
}

/** The same words in the same channel are the same problem. */
export function slackAlert({ text, channel, where, severity = 'warning', url, now = new Date() }: SlackRequest): Alert {
  const words = plainWords(text);
  const service = where === undefined ? undefined : plainWords(where);
  return {
    source: 'slack',
    fingerprint: fingerprintOf('slack', [channel, words, service ?? '']),
    status: 'firing',
    title: subjectOf(words, service),
    description: words,
    severity,
    ...(service && { service }),
    ...(url && { url }),
    labels: {},
    startedAt: now.toISOString(),
  };
}

/** Slack's `<@U1|ann>`, `<#C1|general>`, `<https://x|label>` and entities as a person reads them. */
export function plainWords(text: string): string {
  return text
    .replace(/<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g, (_, mark: string, body: string, label: string | undefined) => {
      if (mark === '@') return `@${label ?? body}`;
      if (mark === '#') return `#${label ?? body}`;
      if (mark === '!') return label ?? `@${body.replace(/^subteam\^/, '').split('^')[0]}`;
      return label && label !== body ? `${label} (${body})` : body;
    })
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .trim();
}

/** The words of any message: its text, else what its attachments and blocks say. */
export function messageWords(message: unknown): string {
  const { text, attachments, blocks } = (message ?? {}) as { text?: unknown; attachments?: unknown; blocks?: unknown };
  if (typeof text === 'string' && text.trim() !== '') return text;
  const found: string[] = [];
  collect(attachments, found, 0);
  if (found.length === 0) collect(blocks, found, 0);
  return [...new Set(found)].join('\n').slice(0, 20_000);
}

function collect(value: unknown, found: string[], depth: number): void {
  if (depth > 12 || found.length > 200 || typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string') {
      if (['text', 'title', 'pretext', 'value', 'fallback'].includes(name) && inner.trim() !== '') found.push(inner);
    } else collect(inner, found, depth + 1);
  }
}

function subjectOf(words: string, service: string | undefined): string {
  const line = words.split('\n').find((each) => each.trim() !== '')?.trim() ?? '';
  return titleOf(service && !line.toLowerCase().includes(service.toLowerCase()) ? `${service}: ${line}` : line);
}
