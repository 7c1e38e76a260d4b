import type { ChromePainter } from './shell.tsx';
import { paintCell } from './terminal/surface.ts';

/**
 * Paints header, breadcrumbs, status and hints without Ink, cell for cell as Ink lays them out, so that the first frame stands before
 * React is loaded. A box waits for Ink.
 */
export const plainPainter: ChromePainter = {
  paint: (grid, { header, crumbs, status, hints, width, height }) => {
    paintCell(grid, 0, 0, width, header);
    paintCell(grid, 0, 1, width, crumbs);
    for (const [index, line] of status.entries()) paintCell(grid, 0, height - 1 - status.length + index, width, line);
    paintCell(grid, 0, height - 1, width, hints);
  },
  close: () => undefined,
};
