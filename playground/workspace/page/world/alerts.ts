import type { World } from '../../page-api.ts';
import { element } from '../dom.ts';
import type { Item } from '../keyed.ts';
import type { Session } from '../session.ts';
import { toast } from '../toast.ts';

type Alert = World['alerts'][number];

/** One button per webhook that the product takes. */
export function alertItems(session: Session, world: World): Item[] {
  return world.alerts.map((alert) => ({
    key: alert.id,
    version: JSON.stringify(alert),
    render: () => {
      const button = element('button', { type: 'button', class: 'button is-small', 'data-testid': `alert-${alert.id}`, 'aria-label': `Send: ${alert.title}` }, 'Send');
      button.addEventListener('click', () => void send(session, alert, button));
      return element('div', { class: 'row' }, element('div', { class: 'row-text' }, element('strong', {}, alert.title), element('p', {}, alert.description)), button);
    },
  }));
}

async function send(session: Session, alert: Alert, button: HTMLElement): Promise<void> {
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  const answer = await session.api.sendAlert(alert.id);
  button.removeAttribute('aria-busy');
  if (answer.ok) toast(`${alert.title} sent: the product answered ${answer.status}.`, answer.status < 300 ? 'done' : 'error');
  else toast(answer.error);
}
