import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toYaml } from '../../src/config/to-yaml.ts';
import { type DemoProcess, startDemoProcess } from '../../src/demo/process.ts';
import type { BareTask } from './bare.ts';
import { projectRoot } from './pty.ts';

/** A demo fleet in a process of its own, and an inventory file that leads any SSH client to it. */
export interface BenchFleet {
  readonly fleet: DemoProcess;
  /** muster's own format. */
  readonly inventoryFile: string;
  /** A file for `ssh -F`: the key, the user and the port, host keys not looked at. */
  readonly sshConfigFile: string;
  readonly addresses: readonly string[];
  /** For a client of ssh2 alone. */
  readonly bare: BareTask;
  readonly folder: string;
  readonly close: () => Promise<void>;
}

/** Starts so many simulated nodes as shipped in `dist/`. */
export async function startBenchFleet(nodes: number, faults: readonly string[] = []): Promise<BenchFleet> {
  const fleet = await startDemoProcess({ nodes, faults, entry: pathToFileURL(join(projectRoot, 'dist', 'demo.js')) });
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-fleet-'));
  const inventoryFile = join(folder, 'muster.yaml');
  writeFileSync(inventoryFile, toYaml(fleet.inventory));
  const [first] = fleet.endpoints;
  const login = { port: first?.port ?? 0, user: first?.user ?? 'demo', key: first?.identityFiles[0] ?? '' };
  const sshConfigFile = join(folder, 'ssh_config');
  writeFileSync(sshConfigFile, sshConfig(login));
  const addresses = fleet.endpoints.map(({ address }) => address);
  return {
    fleet,
    inventoryFile,
    sshConfigFile,
    addresses,
    bare: { addresses, ...login },
    folder,
    close: async () => {
      await fleet.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An ssh_config(5) with which the system's ssh asks nobody anything. */
export function sshConfig({ port, user, key }: { readonly port: number; readonly user: string; readonly key: string }) {
  return [
    'Host *',
    `  Port ${port}`,
    `  User ${user}`,
    `  IdentityFile ${key}`,
    '  IdentitiesOnly yes',
    '  StrictHostKeyChecking no',
    '  UserKnownHostsFile /dev/null',
    '  GlobalKnownHostsFile /dev/null',
    '  LogLevel ERROR',
    '  BatchMode yes',
    '',
  ].join('\n');
}
