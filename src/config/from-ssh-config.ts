import { nodeName, whyNotNodeName } from '../model/ids.ts';
import type { Inventory, InventoryNode, Notice } from '../model/inventory.ts';
import { LATE_AFTER_MS, LOST_AFTER_MS } from './own.ts';

/** One host alias of ssh_config(5) with what it resolves to. */
export interface SshAlias {
  readonly alias: string;
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  /** As written: `user@jump:port`, several with commas. */
  readonly proxyJump?: string;
}

/**
 * Host aliases of an ssh configuration as an inventory. A node keeps only its name where the configuration says the rest, because
 * muster reads ~/.ssh/config anyway; `isSelfContained` writes address, user, port and jump hosts out.
 */
export function fromSshAliases(file: string, aliases: readonly SshAlias[], isSelfContained: boolean): Inventory {
  const notices: Notice[] = [];
  const usable = aliases.filter(({ alias }) => {
    const because = whyNotNodeName(alias);
    if (because !== undefined) notices.push({ file, text: `${JSON.stringify(alias)} is left out: ${because}` });
    return because === undefined;
  });
  const nodes = usable.map(({ alias, hostName, user, port, proxyJump }): InventoryNode => {
    const base = { name: nodeName(alias), via: 'ssh', transport: 'auto', labels: {}, groups: [] } as const;
    if (!isSelfContained) return base;
    return {
      ...base,
      ...(hostName === undefined || hostName === alias ? {} : { address: hostName }),
      ...(user === undefined ? {} : { user }),
      ...(port === undefined || port === 22 ? {} : { port }),
      ...(proxyJump === undefined || proxyJump === 'none'
        ? {}
        : { jump: proxyJump.split(',').map((hop) => hop.trim()) }),
    };
  });
  return {
    name: 'ssh',
    files: [file],
    nodes,
    groups: {},
    volumes: [],
    exports: [],
    mounts: [],
    sharing: [],
    pollEveryMs: {},
    lateAfterMs: LATE_AFTER_MS,
    lostAfterMs: LOST_AFTER_MS,
    notices,
  };
}
