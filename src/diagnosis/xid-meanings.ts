import type { Severity } from '../model/finding.ts';

/** What an Xid number means and what it asks for. */
export interface XidMeaning {
  readonly severity: Severity;
  readonly meaning: string;
  readonly nextMove: string;
}

const app = (meaning: string): XidMeaning => ({
  severity: 'notice',
  meaning,
  nextMove:
    'look at the program that ran then (its log, or compute-sanitizer); if different programs hit it on one card, suspect the card',
});
const reset = (meaning: string): XidMeaning => ({
  severity: 'critical',
  meaning,
  nextMove: 'drain the node and reset the GPU or reboot; if it comes again, have the card replaced',
});
const power = (meaning: string): XidMeaning => ({
  severity: 'critical',
  meaning,
  nextMove:
    'drain the node and power-cycle it; if it comes again, check seating, power and riser, then have the card replaced',
});
const watch = (meaning: string, nextMove: string): XidMeaning => ({ severity: 'warning', meaning, nextMove });

/** Numbers that matter, from NVIDIA's catalogue (docs.nvidia.com/deploy/xid-errors). */
export const MEANINGS: { readonly [xid: number]: XidMeaning } = {
  13: app('graphics engine exception, most often a fault of the program'),
  31: app('memory page fault, most often a fault of the program'),
  32: watch('corrupted push buffer', 'look at PCIe errors of the slot and at the driver version'),
  38: watch('driver firmware error', 'reset the GPU; report it if it comes again'),
  43: app('GPU stopped processing, most often a fault of the program'),
  45: app('work was ended early, most often because something else failed or the program was killed'),
  48: reset('double-bit ECC error'),
  61: watch('internal microcontroller breakpoint', 'reset the GPU; report it if it comes again'),
  62: reset('internal microcontroller halted'),
  63: watch('a memory row or page is set aside', 'reset the GPU at the next chance, so that the spare takes over'),
  64: reset('setting aside a memory row or page failed'),
  68: watch('video processor exception', 'update the driver if it comes again'),
  69: app('graphics engine class error, most often a fault of the program'),
  74: reset('NVLink error'),
  79: power('the GPU has fallen off the bus'),
  92: watch('many corrected ECC errors', 'watch the card; have it replaced if uncorrected ones follow'),
  94: watch(
    'contained memory error: one program was ended',
    'restart that program, and reset the GPU at the next chance',
  ),
  95: reset('uncontained memory error: all programs on the card are suspect'),
  109: watch('context switch timed out', 'restart the program; reset the GPU if it comes again'),
  110: power('security fault'),
  119: reset('the GPU system processor does not answer'),
  120: reset('the GPU system processor failed'),
  121: watch('corrected NVLink chip-to-chip error', 'reset the GPU at the next chance'),
  122: watch('SPI failure of the card', 'reboot; have the card replaced if it comes again'),
  140: reset('uncorrected ECC error'),
  143: reset('GPU initialisation failed'),
  149: reset('NVLink error of the network'),
  154: watch(
    'the driver asks for a recovery of the card',
    'read the line: it names the reset, reboot or drain that is wanted',
  ),
};

/** The meaning of an Xid; a number that is not in the table is worth a look all the same. */
export function xidMeaning(xid: number): XidMeaning {
  return (
    MEANINGS[xid] ??
    watch("see NVIDIA's Xid catalogue", 'look the number up at docs.nvidia.com/deploy/xid-errors, and watch the card')
  );
}
