import type { Columns } from './answers/reply.ts';

const list = (text: string | undefined): readonly string[] => (text ?? '').split(',').filter((name) => name !== '');

/**
 * The columns a console's program asks the tools of a node for. A simulated tool then prints just those, in that order, so a
 * probe that asks for one more column needs no change here.
 */
export function columnsOf(program: string): Columns {
  return {
    gpu: list(/--query-gpu=([\w.,]+)/.exec(program)?.[1]),
    computeApps: list(/--query-compute-apps=([\w.,]+)/.exec(program)?.[1]),
    lsblk: list(/lsblk[^\n]*? -\w*o ?([\w,:-]+)/.exec(program)?.[1]),
    units: list(/systemctl show[^\n]*? (?:-p ?|--property=)([\w,]+)/.exec(program)?.[1]),
  };
}
