import type { NodeState } from './node-state.ts';
import { logKernel, mount, unmount } from './transitions.ts';

/**
 * What a hostile node puts into its names: a title and clipboard sequence (OSC 0, OSC 52), colours and a cleared screen (CSI), an
 * 8-bit CSI, text that runs backwards, characters without width, a bell and a backspace.
 */
export const HOSTILE_TEXT =
  '\x1b]0;owned\x07\x1b]52;c;cm0gLXJmIC8=\x07\x1b[31m\x1b[2J\x9b5mred\u202egnp.exe\u2066\u200b\u200d\ufeff\x08\x08\x00end';

/** The same with a line break in it, for names that can carry one. */
export const HOSTILE_NAME = `${HOSTILE_TEXT}\nE 1 0 1\n= 1 0 3 1\n== gpus 0`;

/** A text of this node as it sends it: with the hostile one after it where the node is hostile. */
export function spoken(node: NodeState, text: string): string {
  return node.ailments.isHostile ? `${text}${HOSTILE_TEXT}` : text;
}

/** A mount point no sane person makes: the kernel takes any byte but NUL and writes some of them as octal. */
const HOSTILE_TARGET = `/mnt/${HOSTILE_NAME.replaceAll('\0', '').replaceAll('/', '|')}`;

/** The node with hostile names everywhere a stranger could put them. */
export function makeHostile(node: NodeState, nowMs: number): NodeState {
  if (node.ailments.isHostile) return node;
  const ill = { ...node, ailments: { ...node.ailments, isHostile: true } };
  const text = `NVRM: Xid (PCI:0000:1b:00): 13, pid=4242, name=${HOSTILE_TEXT}, Graphics SM Warp Exception`;
  const source = `nfs-a:/export/data/${HOSTILE_TEXT.replaceAll('\0', '')}`;
  const plain = { fsType: 'nfs4', options: ['rw', 'relatime'], superOptions: ['rw', 'vers=4.2'] };
  return logKernel(mount(ill, { ...plain, source, target: HOSTILE_TARGET }, nowMs), { atMs: nowMs, level: 3, text });
}

/** The node without them. */
export function makeHarmless(node: NodeState): NodeState {
  const well = unmount({ ...node, ailments: { ...node.ailments, isHostile: false } }, HOSTILE_TARGET);
  return { ...well, kernelLog: well.kernelLog.filter((line) => !line.text.includes(HOSTILE_TEXT)) };
}
