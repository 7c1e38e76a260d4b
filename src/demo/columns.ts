import type { Columns } from './answers/reply.ts';

/**
 * The columns a console's program asks the tools of a node for. A simulated tool then prints just those, in that order, so a
 * probe that asks for one more column needs no change here.
 */
export function columnsOf(program: string): Columns {
  // One console sends the same program to a thousand nodes.
  if (last?.program !== program) last = { program, columns: readColumns(program) };
  return last.columns;
}

let last: { readonly program: string; readonly columns: Columns } | undefined;

function readColumns(program: string): Columns {
  return {
    // The list stands in a loop over several, newest drivers first, or right after the option.
    gpu: list(/(?:for fields in |--query-gpu=["']?)([a-z][\w.]*(?:,[a-z][\w.]*)+)/.exec(program)?.[1]),
    lsblk: list(/\blsblk (?:-\w+ )*-o ([A-Z0-9,:-]+)/.exec(program)?.[1]),
    units: list(/\bsystemctl (?:--[\w-]+ )*show -p ([A-Za-z,]+)/.exec(program)?.[1]),
  };
}

const list = (text: string | undefined): readonly string[] => (text ?? '').split(',').filter((name) => name !== '');
