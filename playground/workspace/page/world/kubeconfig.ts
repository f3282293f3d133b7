import type { World } from '../../page-api.ts';
import { element, setText } from '../dom.ts';
import { toast } from '../toast.ts';

/** The line that points a terminal's kubectl at the cluster, to copy. */
export function mountKubeconfig(): { node: HTMLElement; show(world: World): void } {
  const line = element('code', { tabindex: '0', 'data-testid': 'kubeconfig' });
  const button = element('button', { type: 'button', class: 'button is-small', 'data-testid': 'kubeconfig-copy', 'aria-label': 'Copy the line for kubectl', on: { click: () => void copy(line) } }, 'Copy');
  const node = element('footer', { class: 'kubeconfig', hidden: true }, element('span', { class: 'kubeconfig-for' }, 'kubectl'), line, button);
  return {
    node,
    show: ({ kubeconfig }) => {
      node.hidden = kubeconfig === undefined;
      if (kubeconfig === undefined) return;
      const words = `export KUBECONFIG=${/^[\w./-]+$/.test(kubeconfig) ? kubeconfig : `'${kubeconfig.replaceAll("'", String.raw`'\''`)}'`}`;
      setText(line, words);
      line.title = `${words}\nIn a terminal, then: kubectl get pods -n shop`;
    },
  };
}

async function copy(line: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(line.textContent ?? '');
    toast('Copied: paste it into a terminal.', 'done');
  } catch {
    window.getSelection()?.selectAllChildren(line);
    toast('This browser keeps the clipboard closed: the line is selected instead.');
  }
}
