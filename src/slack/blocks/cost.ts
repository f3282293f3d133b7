/** What the models of an investigation came to: in all, then by agent and model. */
import type { AgentUsage } from '../../incident/types.ts';
import type { IncidentView } from '../../incident/view.ts';
import { cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { context, firstOf, section } from './elements.ts';
import { escapeText, oneLine } from './text.ts';
import { callsWords, durationWords, tokensWords } from './words.ts';

type Measured = IncidentView['measured'][number];

export function costCard(view: IncidentView, { agents, dollars, limitDollars, seconds, pricesRead }: Measured): CardBody {
  const read = agents.reduce((sum, one) => sum + one.cacheReadTokens, 0);
  const prompt = read + agents.reduce((sum, one) => sum + one.inputTokens + one.cacheWriteTokens, 0);
  const total = [
    dollars === null ? 'cost unknown' : `$${dollars.toFixed(2)} of $${limitDollars.toFixed(2)}`,
    callsWords(agents.reduce((sum, one) => sum + one.calls, 0)),
    tokensWords(agents.reduce((sum, one) => sum + tokensOf(one), 0)),
    ...(prompt > 0 ? [`${Math.round((read / prompt) * 100)}% of what was sent came from the cache`] : []),
    durationWords(seconds),
  ].join(' · ');
  const { shown, more } = firstOf(agents, 12);
  const lines = [...shown.map(agentLine), ...(more > 0 ? [`and ${more} more`] : [])];
  const unknown = [...new Set(agents.filter((one) => one.dollars === null).map(({ model }) => model))];
  const prices = unknown.length > 0 ? `No price is known for ${unknown.map((model) => escapeText(oneLine(model, 80))).join(', ')}: put it under models.prices.` : `Prices read ${escapeText(oneLine(pricesRead, 120))}.`;
  return cardOf([{ drop: 0, blocks: [section(`:abacus: *What it took*: ${total}`), context(lines.join('\n'), prices)] }], `${view.id}: ${total}`);
}

function agentLine(one: AgentUsage): string {
  const cost = one.dollars === null ? 'price unknown' : `$${one.dollars.toFixed(one.dollars < 0.1 ? 4 : 2)}`;
  return `${escapeText(oneLine(one.agent, 40))} · ${escapeText(oneLine(one.model, 80))} · ${callsWords(one.calls)} · ${tokensWords(tokensOf(one))}, ${tokensWords(one.outputTokens)} of them written · ${cost}`;
}

const tokensOf = (one: AgentUsage): number => one.inputTokens + one.outputTokens + one.cacheReadTokens + one.cacheWriteTokens;
