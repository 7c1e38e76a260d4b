import type { NodeName } from './ids.ts';

/** How to reach one node, with everything the inventory and ssh_config(5) say already resolved. */
export interface Endpoint {
  readonly node: NodeName;
  readonly via: 'ssh' | 'openssh' | 'local' | 'none';
  /** Why `openssh` or `none` was chosen, in words for the screen. */
  readonly because?: string;
  /** There is no way because the configuration cannot work, not because none is wished. */
  readonly isMistake?: boolean;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The name the system `ssh` is called with, so that its own configuration applies. */
  readonly sshName: string;
  /**
   * What the inventory says over ssh_config, as arguments for the system `ssh`; without it port, user and address are given. Where it is there,
   * the system `ssh` may stand in for `via: ssh`.
   */
  readonly sshArguments?: readonly string[];
  /** First hop first. */
  readonly jumps: readonly Hop[];
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly agentSocket?: string;
  readonly password: 'never' | 'ask';
  readonly knownHostsFiles: readonly string[];
  /** The name to look up in known_hosts: HostKeyAlias, or the address. */
  readonly hostKeyName: string;
  /** Fingerprints (`SHA256:…`) the inventory pins; then known_hosts is not asked. */
  readonly pinnedHostKeys: readonly string[];
  readonly hostKeyPolicy: 'ask' | 'accept-new';
  readonly connectTimeoutMs: number;
  readonly keepaliveMs: number;
  readonly keepaliveCount: number;
}

/** One jump host on the way. */
export type Hop = Omit<Endpoint, 'node' | 'via' | 'because' | 'isMistake' | 'jumps'>;

/** The machine muster runs on, by a name no inventory need have: no SSH, no keys. */
export const localEndpoint = (node: NodeName): Endpoint => ({
  node,
  via: 'local',
  address: node,
  port: 22,
  user: '',
  sshName: node,
  jumps: [],
  identityFiles: [],
  identitiesOnly: true,
  password: 'never',
  knownHostsFiles: [],
  hostKeyName: node,
  pinnedHostKeys: [],
  hostKeyPolicy: 'ask',
  connectTimeoutMs: 10_000,
  keepaliveMs: 15_000,
  keepaliveCount: 3,
});
