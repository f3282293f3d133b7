/** A plain loop with a command tool and no product around it: what a capable model does with a terminal. */
import type { Contestant, ContestantOptions } from '../../contestant.ts';
import { taskOf } from '../../external/task.ts';
import { equipModel } from '../play.ts';
import { reactTo } from './loop.ts';

const name = 'react';

export function createReact(options: ContestantOptions): Contestant {
  return {
    name,
    describes: 'a ReAct loop with a plain command tool and the executor\'s credentials; the orchestrator\'s model',
    engine: 'model',
    enter: async (site) => {
      const equipment = await equipModel(name, options, site);
      const { ANTHROPIC_API_KEY: apiKey = '', ANTHROPIC_BASE_URL: baseUrl = '' } = equipment.environment;
      return {
        investigate: async (ask) => {
          const { answer: { resources }, ...task } = taskOf(site, ask, '');
          const limits = options.play === 'live' ? site.limits : { ...site.limits, dollars: 100 };
          const attempt = await reactTo({ site: { ...site, limits }, task: { ...task, resources }, apiKey, baseUrl, timeoutMilliseconds: options.play === 'hand' ? 3_400_000 : 120_000 }).catch((error: unknown) => {
            equipment.report?.(); // a recording that diverged says so itself
            throw error;
          });
          const { said, notes } = equipment.report?.() ?? { said: [], notes: [] };
          return { ...attempt, said, played: equipment.played, notes: [...attempt.notes, ...notes] };
        },
        leave: async () => equipment.end?.(),
      };
    },
  };
}
