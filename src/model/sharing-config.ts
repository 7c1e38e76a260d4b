import type { SeenKey } from './chart-keys.ts';

/** One configuration of the NVIDIA device plugin, as far as it is about sharing. */
export interface SharingConfig {
  /** How GPUs are shared; `none` where the file has no `sharing`. */
  readonly strategy: 'none' | 'time-slicing' | 'mps';
  readonly resources: readonly SharedResource[];
  readonly renameByDefault: boolean;
  readonly failRequestsGreaterThanOne: boolean;
  /** Why the text is no configuration. */
  readonly error?: string;
}

export interface SharedResource {
  readonly name: string;
  readonly replicas: number;
  readonly rename?: string;
}

/** What a file of a Git clone declares about sharing: Helm values, a kustomization with `valuesInline`, or ConfigMap manifests. */
export interface DeclaredSharing {
  readonly file: string;
  readonly kind: 'values' | 'kustomization' | 'config-map' | 'none' | 'unreadable';
  /** Why it says nothing, or cannot be read; with the line where there is one. */
  readonly because?: string;
  /** Name of the ConfigMap, and the key every node without a label takes. */
  readonly name?: string;
  readonly defaultKey?: string;
  readonly isCreated?: boolean;
  /** Configurations by key, where the file holds them. */
  readonly configs: { readonly [key: string]: SharingConfig };
  /** A `sharing` block where no template reads it, with its line. */
  readonly dropped?: { readonly line: number; readonly path: string; readonly sharing: SharingConfig };
  /** Two places that say the same key, in a sentence with both lines. */
  readonly contradiction?: string;
  /** Keys that only some versions of the chart read. */
  readonly changedKeys?: readonly SeenKey[];
}

/** The name a resource is advertised under: renamed by itself, or all of them by `renameByDefault`. */
export function advertisedName(config: SharingConfig, { name, rename }: SharedResource): string {
  return rename ?? (config.renameByDefault ? `${name}.shared` : name);
}

/** `4 slices a card, as nvidia.com/gpu.shared`; what a configuration means in a few words. */
export function describeSharing(config: SharingConfig): string {
  if (config.error !== undefined) return config.error;
  if (config.resources.length === 0) return 'whole cards';
  return config.resources
    .map((resource) => {
      const name = advertisedName(config, resource);
      const what = resource.name === 'nvidia.com/gpu' ? '' : ` of ${resource.name}`;
      return `${resource.replicas} ${config.strategy === 'mps' ? 'MPS shares' : 'slices'}${what}${name === resource.name ? '' : ` as ${name}`}`;
    })
    .join(', ');
}
