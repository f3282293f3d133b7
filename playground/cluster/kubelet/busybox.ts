/** `busybox`, `registry.local/busybox:1` and their like: the machine's own shell and tools, and what programs.ts adds to them. */
import type { Image, ImageRegistry } from './images.ts';

const image: Image = {
  id: 'sha256:3953a4aa634b0580d39d06f6e71d2b6baa3a928562c1a2197447d28b52e1f797', entrypoint: [], size: 2_159_953,
};

/** Also as one types it, with Docker's registry left out. */
const known = /^(registry\.local\/busybox:1(\.\d+)*|((docker\.io\/)?library\/)?busybox(:(latest|stable|1(\.\d+)*))?)$/;

/** A registry that has nothing else; every other host is unknown. It counts as pulled already. */
export function busyboxImages(): ImageRegistry {
  return {
    pull: (reference) => {
      if (known.test(reference)) return { image };
      const [host = '', ...path] = reference.split('/');
      const [name = '', tag = 'latest'] = (path.at(-1) ?? '').split(':');
      return { error: `failed to do request: Head "https://${host}/v2/${[...path.slice(0, -1), name].join('/')}/manifests/${tag}": dial tcp: lookup ${host}: no such host` };
    },
  };
}

/** Asks each registry in turn; the last one's error counts. */
export function firstOf(...registries: readonly ImageRegistry[]): ImageRegistry {
  return {
    pull: (reference) => {
      const answers = registries.map((registry) => registry.pull(reference));
      return answers.find((answer) => 'image' in answer) ?? answers.at(-1) ?? { error: `${reference}: not found` };
    },
  };
}
