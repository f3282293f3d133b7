/** Contestants with a model: the product as our team plays it, the layouts it is measured against, and a plain loop. */
import type { Layout } from '../../../../src/config/file-schema.ts';
import type { Contestant, ContestantOptions } from '../contestant.ts';
import { createProductContestant } from '../product/enter.ts';
import { equipModel } from './play.ts';
import { createReact } from './react/react.ts';

const layouts: readonly { layout: Layout; describes: string }[] = [
  { layout: 'team', describes: 'the product with Claude: an orchestrator and five specialists, side by side' },
  { layout: 'single', describes: 'one agent with every tool and the orchestrator\'s model; the same evidence, checks and changes' },
  { layout: 'generic', describes: 'five seats of the Generic specialist, each with every tool' },
  { layout: 'alone', describes: 'the orchestrator without specialists: it has what the rules saw' },
  { layout: 'sequential', describes: 'the team, one brief after the other' },
];

export function modelContestants(options: ContestantOptions): Contestant[] {
  const products = layouts.map(({ layout, describes }) => {
    const name = `claude-${layout}`;
    return createProductContestant({ name, describes, engine: 'model', configuration: { experiments: { layout }, budgets: budgetsFor(layout, options) }, equip: (site) => equipModel(name, options, site) });
  });
  return [...products, createReact(options)];
}

/** A single agent has as many turns as a team has altogether for one line of thought. Who reads by hand needs time, and costs nothing. */
function budgetsFor(layout: Layout, { play }: ContestantOptions): Record<string, number> {
  return {
    ...(layout === 'single' && { orchestrator_turns: 30 }),
    ...(play === 'hand' && { seconds: 3_500, specialist_seconds: 3_000, reply_seconds: 3_400 }),
    ...(play !== 'live' && { dollars: 100 }),
  };
}
