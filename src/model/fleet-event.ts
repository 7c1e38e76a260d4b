import type { MetersEvent } from './card-meters.ts';
import type { NodeName } from './ids.ts';
import type { ClusterEvent } from './kubernetes.ts';
import type { HostKeyReview, Link } from './link.ts';
import type { Observation } from './observation.ts';
import type { PodLogEvent } from './pod-log.ts';

/** What the engine tells, in batches; the consumer applies a batch as one change. */
export type FleetEvent =
  | { readonly kind: 'observation'; readonly observation: Observation }
  | { readonly kind: 'link'; readonly node: NodeName; readonly link: Link }
  | { readonly kind: 'host-key'; readonly review: HostKeyReview }
  | { readonly kind: 'cluster'; readonly event: ClusterEvent }
  | { readonly kind: 'meters'; readonly event: MetersEvent }
  | { readonly kind: 'pod-log'; readonly event: PodLogEvent }
  | { readonly kind: 'secret-wanted'; readonly id: number; readonly prompt: string; readonly echo: boolean }
  | { readonly kind: 'shell-data'; readonly shell: number; readonly data: Uint8Array }
  | { readonly kind: 'shell-closed'; readonly shell: number; readonly message: string }
  /** The engine itself failed; nothing more comes from it, and the consumer must say so instead of showing old values as live. */
  | { readonly kind: 'fault'; readonly message: string };
