import { mountChannel } from './channel.ts';
import { mountModals } from './modal.ts';
import { createSession } from './session.ts';
import { mountSidebar } from './sidebar.ts';
import { mountThread } from './thread.ts';
import { toast } from './toast.ts';
import { mountWorld } from './world/panel.ts';

const session = createSession(toast);
const { dataset } = document.body;

const setWorld = (open: boolean): void => {
  dataset['world'] = open ? 'open' : 'closed';
  document.querySelector('.health')?.setAttribute('aria-expanded', String(open));
};
const world = mountWorld(session, () => setWorld(false));
const controls = {
  toggleSidebar: () => (dataset['sidebar'] = dataset['sidebar'] === 'open' ? 'closed' : 'open'),
  // On narrow screens the thread stands where the world would be.
  toggleWorld: () => {
    const isSeen = dataset['world'] === 'open' && world.offsetParent !== null;
    if (!isSeen && dataset['thread'] === 'open' && window.innerWidth < 1280) session.openThread(null);
    setWorld(!isSeen);
  },
};
const shade = document.createElement('div');
shade.className = 'shade';
shade.addEventListener('click', controls.toggleSidebar);
document.body.append(
  mountSidebar(session, () => (dataset['sidebar'] = 'closed')),
  shade,
  mountChannel(session, controls),
  mountThread(session),
  world,
);
mountModals(session);
setWorld(window.innerWidth >= 1024);
dataset['sidebar'] = 'closed';
// "Last reply 5 minutes ago" and "Today" grow old.
setInterval(() => session.refreshTimes(), 30_000);
void session.start();
