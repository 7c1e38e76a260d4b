import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type CommandCost, costOf } from './process-figures.ts';

/** The cheapest algorithms the OpenSSH client has, which muster's own client uses anyway. */
export const CHEAPEST = '-o KexAlgorithms=curve25519-sha256 -o Ciphers=aes128-gcm@openssh.com';

/** What a peer is to do: run one command on all addresses at once, through the system's ssh. */
export interface PeerTask {
  readonly addresses: readonly string[];
  readonly sshConfigFile: string;
  readonly command: string;
  /** Further options for ssh. */
  readonly options?: string;
  readonly withinSec: number;
}

/** A parallel shell; `run` is undefined where it is not installed. */
export interface Peer<Name extends string = string> {
  readonly name: Name;
  /** The Debian package that brings it. */
  readonly debian: string;
  readonly run: ((task: PeerTask) => Promise<CommandCost>) | undefined;
}

/** ClusterShell's clush, all nodes at once. */
export const clush: Peer<'clush'> = {
  name: 'clush',
  debian: 'clustershell',
  run: existsSync('/usr/bin/clush')
    ? ({ addresses, sshConfigFile, command, options = '', withinSec }) =>
        costOf(
          [
            ...[
              'clush',
              '-f',
              String(addresses.length),
              '-t',
              String(withinSec),
              '-u',
              String(withinSec),
              '-w',
              addresses.join(','),
            ],
            ...['-o', `-F ${sshConfigFile} ${options}`, command],
          ],
          withinSec + 10,
        )
    : undefined,
};

/** Parallel-ssh, all nodes at once. */
export const pssh: Peer<'pssh'> = {
  name: 'pssh',
  debian: 'pssh',
  run: existsSync('/usr/bin/parallel-ssh')
    ? ({ addresses, sshConfigFile, command, options = '', withinSec }) =>
        costOf(
          [
            ...['parallel-ssh', '-p', String(addresses.length), '-t', String(withinSec), '-i'],
            ...addresses.flatMap((address) => ['-H', address]),
            ...['-x', `-F ${sshConfigFile} ${options}`, command],
          ],
          withinSec + 10,
        )
    : undefined,
};

const hasAnsible = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'ansible')));

/** Ansible's ad-hoc command module, all nodes at once, one line a node; nothing else of it is set, so it runs as Debian ships it. */
export const ansible: Peer<'ansible'> = {
  name: 'ansible',
  debian: 'ansible',
  run: hasAnsible
    ? async ({ addresses, sshConfigFile, command, options = '', withinSec }) => {
        const home = mkdtempSync(join(tmpdir(), 'muster-bench-ansible-'));
        const hosts = join(home, 'hosts');
        writeFileSync(hosts, `${addresses.join('\n')}\n`);
        const argv = [
          'ansible',
          'all',
          '-i',
          hosts,
          '-f',
          String(addresses.length),
          '-o',
          '-m',
          'command',
          '-a',
          command,
        ];
        const env = { ...process.env, HOME: home, ANSIBLE_HOST_KEY_CHECKING: 'False' };
        try {
          return await costOf([...argv, '--ssh-common-args', `-F ${sshConfigFile} ${options}`], withinSec + 10, env);
        } finally {
          rmSync(home, { recursive: true, force: true });
        }
      }
    : undefined,
};

/** How many nodes gave the words every answer must hold; a peer that failed on some did less work. */
export function answersIn({ stdout }: CommandCost, word: string): number {
  return stdout.split(word).length - 1;
}
