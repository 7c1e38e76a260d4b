import { existsSync } from 'node:fs';
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
export interface Peer {
  readonly name: string;
  readonly run: ((task: PeerTask) => Promise<CommandCost>) | undefined;
}

/** ClusterShell's clush, all nodes at once. */
export const clush: Peer = {
  name: 'clush',
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
export const pssh: Peer = {
  name: 'pssh',
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

/** How many nodes gave the words every answer must hold; a peer that failed on some did less work. */
export function answersIn({ stdout }: CommandCost, word: string): number {
  return stdout.split(word).length - 1;
}
