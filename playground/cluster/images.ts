/** The images that every playground cluster has, beside those that it is given. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { busyboxImages } from './kubelet/busybox.ts';
import type { ImageRegistry, Pull } from './kubelet/images.ts';
import { dnsImage } from './network/dns/manifests.ts';

export function withBuiltInImages(given: ImageRegistry): ImageRegistry {
  const registries = [given, dnsImages(), busyboxImages()];
  return {
    pull: (reference) => {
      const answers = registries.map((registry) => registry.pull(reference));
      return answers.find((answer) => 'image' in answer) ?? (answers[0] as Pull);
    },
  };
}

function dnsImages(): ImageRegistry {
  const compiled = !import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(`./network/dns/program.${compiled ? 'js' : 'ts'}`, import.meta.url));
  const image = {
    id: `sha256:${createHash('sha256').update(dnsImage).digest('hex')}`, entrypoint: [process.execPath, ...(compiled ? [] : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]), program], size: 23_553_139,
  };
  return { pull: (reference) => (reference === dnsImage ? { image } : { error: `${reference}: not found` }) };
}
