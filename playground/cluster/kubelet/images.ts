/** The playground's image registry: what a name and tag run. */
export interface Image {
  /** `sha256:...`: 64 hexadecimal digits, different for every image. */
  id: string;
  /** Runs when the pod names no `command`: the program and its arguments. */
  entrypoint: readonly string[];
  /** Appended when the pod names no `args`. */
  defaultArguments?: readonly string[];
  /** Baked into the image: overridden by the pod's own. */
  environment?: Record<string, string>;
  /** Before PATH, for an image's own programs (a folder of executables). */
  path?: readonly string[];
  /** Bytes, for the node's image list. */
  size?: number;
}

export type Pull =
  | { image: Image; milliseconds?: number }
  /** After `failed to pull and unpack image "...": failed to resolve reference "...": ` */
  | { error: string };

export interface ImageRegistry {
  /** `reference` as the pod has it, tag or digest included. */
  pull(reference: string): Pull;
}
