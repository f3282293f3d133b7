/** A change through an internal API that may do what it is told and not say so. */
import type { Action } from '../../../src/changes/action.ts';
import { openHttpWorld } from '../../changes/actions/http-world.ts';
import type { OpenWorld } from './world.ts';

const action: Action = { kind: 'http.operation', operation: 'set-variable', parameters: { service: 'checkout', variable: 'PAYMENTS_URL', value: 'http://payments.internal' } };

export const httpWorlds: Record<string, OpenWorld> = {
  'http.operation': () => open('http://payments.internal', false),
  'change.undo': () => open('http://wrong.internal/x y', true),
};

async function open(written: string, takesBack: boolean): ReturnType<OpenWorld> {
  const world = await openHttpWorld();
  return {
    action,
    takesBack,
    targets: world.targets,
    runs: () => world.sent().split(`"value":${JSON.stringify(written)}`).length - 1,
    move: async () => {
      world.state.variables['PAYMENTS_URL'] = 'http://other.internal';
      world.state.revision += 1;
    },
    loseAnswers: () => {
      world.state.interfere = (_request, response, apply) => {
        apply();
        response.destroy();
      };
    },
    mutate: () => {
      world.state.interfere = (_request, response, apply) => {
        apply();
        world.state.variables['PAYMENTS_URL'] += '/v2';
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      };
    },
    close: world.close,
  };
}
