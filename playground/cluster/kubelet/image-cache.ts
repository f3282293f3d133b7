/** The images a node has: pulled once, listed in its status. */
import type { Image, ImageRegistry } from './images.ts';

export interface ImageCache {
  has(reference: string): boolean;
  /** Resolves after the pull's time; the error is the whole text of `Failed to pull image`. */
  pull(reference: string, preloaded?: boolean): Promise<{ image: Image; milliseconds: number } | { error: string }>;
  get(reference: string): Image | undefined;
  list(): { names: string[]; sizeBytes: number }[];
}

export function createImageCache(registry: ImageRegistry, wait: (milliseconds: number) => Promise<void>): ImageCache {
  const images = new Map<string, Image>();
  return {
    has: (reference) => images.has(reference),
    get: (reference) => images.get(reference),
    pull: async (reference, preloaded = false) => {
      const pull = registry.pull(reference);
      if ('error' in pull) return { error: `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${pull.error}` };
      const milliseconds = preloaded ? 0 : pull.milliseconds ?? 0;
      if (milliseconds > 0) await wait(milliseconds);
      images.set(reference, pull.image);
      return { image: pull.image, milliseconds };
    },
    list: () => [...images].map(([name, image]) => ({ names: [name], sizeBytes: image.size ?? 0 })),
  };
}
