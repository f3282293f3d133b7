/** The images that every playground cluster has, beside those that it is given. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { busyboxImages, firstOf } from './kubelet/busybox.ts';
import type { ImageRegistry } from './kubelet/images.ts';
import { dnsImage } from './network/dns/manifests.ts';

/** What `given` says of an image that nobody has is what a pod is told. */
export const withBuiltInImages = (given: ImageRegistry): ImageRegistry => firstOf(busyboxImages(), dnsImages(), given);

function dnsImages(): ImageRegistry {
  const compiled = !import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(`./network/dns/program.${compiled ? 'js' : 'ts'}`, import.meta.url));
  const image = {
    id: `sha256:${createHash('sha256').update(dnsImage).digest('hex')}`, entrypoint: [process.execPath, ...(compiled ? [] : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]), program], size: 23_553_139,
  };
  return { pull: (reference) => (reference === dnsImage ? { image } : { error: `${reference}: not found` }) };
}
