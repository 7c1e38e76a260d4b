import type { NodeState } from './node-state.ts';

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
