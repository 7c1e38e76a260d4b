import { expect, test } from 'vitest';
import { createInputDecoder, type InputEvent } from '../../../src/ui/terminal/input.ts';
import { handClock } from '../../screen.ts';

/** What a decoder makes of chunks of bytes, in the order they come; `'wait'` is a silence. */
function eventsOf(...chunks: readonly (string | Uint8Array)[]): readonly InputEvent[] {
  const clock = handClock();
  const events: InputEvent[] = [];
  const decoder = createInputDecoder(clock, (event) => events.push(event));
  for (const chunk of chunks) {
    if (chunk === 'wait') clock.advance(2_000);
    else decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }
  return events;
}

const keysOf = (...chunks: readonly (string | Uint8Array)[]): readonly string[] =>
  eventsOf(...chunks).map((event) => (event.kind === 'key' ? event.key : event.kind));

test('letters, controls and named keys have one name each', () => {
  expect(keysOf('aG ?\r\t\x7f\x0c\x1a\x03')).toEqual([
    'a',
    'G',
    'space',
    '?',
    'enter',
    'tab',
    'backspace',
    'ctrl-l',
    'ctrl-z',
    'ctrl-c',
  ]);
});

test('arrows, pages, functions and their modifiers are read in every common encoding', () => {
  expect(keysOf('\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[Z\x1bOP\x1b[15~')).toEqual([
    'up',
    'down',
    'pageup',
    'pagedown',
    'home',
    'end',
    'shift-tab',
    'f1',
    'f5',
  ]);
  expect(keysOf('\x1b[1;5A\x1b[1;3D\x1b[1;2B\x1b[108;5u\x1b[27;5;108~')).toEqual([
    'ctrl-up',
    'alt-left',
    'shift-down',
    'ctrl-l',
    'ctrl-l',
  ]);
});

test('a lone ESC is the escape key only after a silence; a sequence cut anywhere is still that key', () => {
  expect(keysOf('\x1b')).toEqual([]);
  expect(keysOf('\x1b', 'wait')).toEqual(['esc']);
  expect(keysOf('\x1b', '[', '1;5', 'A')).toEqual(['ctrl-up']);
  expect(keysOf('\x1b\x1b', 'wait')).toEqual(['esc', 'esc']);
  expect(keysOf('\x1bx')).toEqual(['alt-x']);
});

test('a character of several bytes may come in several chunks', () => {
  const bytes = Buffer.from('é漢😀');
  expect(keysOf(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['é', '漢', '😀']);
});

test('a paste is one event whatever is in it and however it is cut, and its end is never mistaken', () => {
  const paste = '\x1b[200~q\r\x1b[A:quit\r\x1b[20x\x1b[201~';
  expect(eventsOf(paste)).toEqual([{ kind: 'paste', text: 'q\r\x1b[A:quit\r\x1b[20x' }]);
  expect(eventsOf(...paste)).toEqual([{ kind: 'paste', text: 'q\r\x1b[A:quit\r\x1b[20x' }]);
  expect(keysOf(`${paste}j`)).toEqual(['paste', 'j']);
});

test('a paste that never ends gives the keyboard back', () => {
  expect(keysOf('\x1b[200~half', 'wait', 'j')).toEqual(['paste', 'j']);
});

test('the mouse selects and scrolls; releases and other buttons are nothing', () => {
  expect(eventsOf('\x1b[<0;10;5M\x1b[<0;10;5m\x1b[<64;1;1M\x1b[<65;1;1M\x1b[<2;1;1M')).toEqual([
    { kind: 'mouse', action: 'press', x: 9, y: 4 },
    { kind: 'mouse', action: 'scroll-up', x: 0, y: 0 },
    { kind: 'mouse', action: 'scroll-down', x: 0, y: 0 },
  ]);
});

test('answers of the terminal nobody asked for, focus reports and garbage press no key', () => {
  expect(keysOf('\x1b]11;rgb:0000/0000/0000\x07\x1b[I\x1b[O\x1b[?62;c\x1bP1$r0m\x1b\\j')).toEqual(['j']);
  expect(keysOf('\x9b\x80j')).toContain('j');
});

test('any bytes in any cut end in events and never in an exception', () => {
  let state = 7;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state >> 8;
  };
  for (let run = 0; run < 200; run++) {
    const bytes = Uint8Array.from({ length: 40 }, () => (next() % 4 === 0 ? 0x1b : next() % 256));
    expect(() => eventsOf(bytes.subarray(0, 13), bytes.subarray(13), 'wait', '\x1b[201~', 'wait')).not.toThrow();
  }
});
