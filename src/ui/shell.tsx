import { Box, render, Text } from 'ink';
import type { ReactElement } from 'react';
import type { Chrome, ChromeBox } from './chrome.ts';
import { captiveStdout } from './terminal/captive-stdout.ts';
import { blankGrid, copyRect, type Grid } from './terminal/cell-grid.ts';
import { inkText, readInkFrame } from './terminal/ink-frame.ts';
import { STYLE } from './terminal/style.ts';
import { fitted, paintCell } from './terminal/surface.ts';
import type { Line } from './view.ts';

/** Paints what stands around the view. */
export interface ChromePainter {
  readonly paint: (grid: Grid, chrome: Chrome) => void;
  readonly close: () => void;
}

/** Border and padding of a box, both sides together. */
const BOX_FRAME = 4;

/** Above the lines of a box: its border and its title. */
const BOX_HEAD = 2;

/**
 * A painter that lets Ink lay the chrome out. Ink writes into a captive stdout; its frame is read into cells, and only when the chrome changed.
 * The lines of a box are painted into the gap Ink leaves for them: as forty rows of Ink they were most of what a key cost that opens the help.
 */
export function createInkPainter(): ChromePainter {
  const captive = captiveStdout();
  let cells = blankGrid(1, 1);
  let drawn = '';
  let instance: ReturnType<typeof render> | undefined;
  return {
    paint: (grid, chrome) => {
      const frame = chrome.box === undefined ? chrome : { ...chrome, box: { ...chrome.box, lines: [] } };
      const key = JSON.stringify(frame);
      if (key !== drawn) {
        captive.resize(chrome.width, chrome.height);
        const { stdout, stdin } = captive;
        if (instance !== undefined) instance.rerender(<Shell chrome={frame} />);
        else
          instance = render(<Shell chrome={frame} />, {
            stdout,
            stdin,
            stderr: stdout,
            debug: true,
            patchConsole: false,
            exitOnCtrlC: false,
            interactive: false,
          });
        cells = blankGrid(chrome.width, chrome.height);
        readInkFrame(captive.frame(), cells);
        drawn = key;
      }
      copyRect(cells, grid, { x: 0, y: 0, width: chrome.width, height: chrome.height });
      if (chrome.box !== undefined) paintLines(grid, chrome.box);
    },
    close: () => instance?.unmount(),
  };
}

function paintLines(grid: Grid, { x, y, width, lines }: ChromeBox): void {
  lines.forEach((line, index) => {
    paintCell(grid, x + BOX_FRAME / 2, y + BOX_HEAD + index, width - BOX_FRAME, line);
  });
}

/** Header and breadcrumbs above, status and hints below, a box in front if there is one; the view itself is painted into the gap. */
export function Shell({ chrome }: { readonly chrome: Chrome }): ReactElement {
  const { width, height } = chrome;
  return (
    <Box width={width} height={height} flexDirection="column">
      <Row line={chrome.header} width={width} />
      <Row line={chrome.crumbs} width={width} />
      <Box flexGrow={1} />
      {(chrome.status.length === 0 ? [[]] : chrome.status).map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of the status is its place.
        <Row key={index} line={line} width={width} />
      ))}
      <Row line={chrome.hints} width={width} />
      {chrome.box === undefined ? null : <Dialog box={chrome.box} ascii={chrome.ascii} />}
    </Box>
  );
}

function Dialog({ box, ascii }: { readonly box: ChromeBox; readonly ascii: boolean }): ReactElement {
  const width = box.width - BOX_FRAME;
  return (
    <Box
      position="absolute"
      left={box.x}
      top={box.y}
      width={box.width}
      height={box.height}
      borderStyle={ascii ? 'classic' : 'round'}
      paddingX={1}
      flexDirection="column"
    >
      <Row line={[{ text: box.title, role: 'heading' }]} width={width} />
      <Box flexGrow={1} />
      {box.hint === '' ? null : <Row line={[{ text: box.hint, role: 'dim' }]} width={width} />}
    </Box>
  );
}

function Row({ line, width }: { readonly line: Line; readonly width: number }): ReactElement {
  const text = fitted(line, width).map((span) => inkText(span.text, span.role, span.isCaret ? STYLE.reverse : 0));
  return (
    <Box height={1} flexShrink={0}>
      <Text wrap="truncate">{text.join('') || ' '}</Text>
    </Box>
  );
}
