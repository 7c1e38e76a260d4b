import { StringDecoder } from 'node:string_decoder';
import type { ScreenClock } from './compositor.ts';
import { keyOfControl, keyOfCsi, keyOfSs3 } from './key-names.ts';

/** What the operator did. A paste is one event and never keys. */
export type InputEvent =
  /** `a`, `G`, `space`, `enter`, `ctrl-l`, `alt-x`, `shift-tab`, `pagedown`; `text` is what it writes into a prompt. */
  | { readonly kind: 'key'; readonly key: string; readonly text?: string }
  | { readonly kind: 'paste'; readonly text: string }
  | {
      readonly kind: 'mouse';
      readonly action: 'press' | 'scroll-up' | 'scroll-down';
      readonly x: number;
      readonly y: number;
    };

/** A lone ESC is the escape key only after this silence: tmux and slow links may part a sequence from its ESC. */
const ESCAPE_MS = 50;

/** A paste that never ends must not swallow the keyboard. */
const PASTE_END_MS = 1_000;

/** More than any filter or name; the rest of a paste is dropped. */
const PASTE_LIMIT = 65_536;

/** No terminal sends a longer one. */
const LONGEST_SEQUENCE = 64;

const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';

/** Turns bytes of a terminal into events. */
export interface InputDecoder {
  readonly push: (chunk: Uint8Array) => void;
  /** Forgets half a sequence, after another program had the keyboard. */
  readonly reset: () => void;
}

interface Inside {
  readonly clock: ScreenClock;
  readonly emit: (event: InputEvent) => void;
  rest: string;
  paste: string | undefined;
  cancel: (() => void) | undefined;
}

/** A decoder that hands events to `emit` in the order they were typed. */
export function createInputDecoder(clock: ScreenClock, emit: (event: InputEvent) => void): InputDecoder {
  const utf8 = new StringDecoder('utf8');
  const inside: Inside = { clock, emit, rest: '', paste: undefined, cancel: undefined };
  return {
    push: (chunk) => {
      inside.cancel?.();
      inside.cancel = undefined;
      inside.rest += utf8.write(chunk);
      decode(inside);
    },
    reset: () => {
      inside.cancel?.();
      Object.assign(inside, { rest: '', paste: undefined, cancel: undefined });
    },
  };
}

function decode(inside: Inside): void {
  while (inside.rest !== '') {
    const taken = inside.paste === undefined ? takeOne(inside) : takePaste(inside);
    if (taken === 0) {
      inside.cancel = inside.clock.after(inside.paste === undefined ? ESCAPE_MS : PASTE_END_MS, () =>
        giveUpWaiting(inside),
      );
      return;
    }
    inside.rest = inside.rest.slice(taken);
  }
  if (inside.paste !== undefined) inside.cancel = inside.clock.after(PASTE_END_MS, () => giveUpWaiting(inside));
}

/** No more bytes came: what looked like the start of a sequence was the escape key, and an endless paste is over. */
function giveUpWaiting(inside: Inside): void {
  inside.cancel = undefined;
  if (inside.paste !== undefined) {
    inside.emit({ kind: 'paste', text: inside.paste });
    inside.paste = undefined;
  }
  if (inside.rest.startsWith('\x1b')) {
    inside.emit({ kind: 'key', key: 'esc' });
    inside.rest = inside.rest.slice(1);
  }
  decode(inside);
}

function takePaste(inside: Inside): number {
  const end = inside.rest.indexOf(PASTE_END);
  // The end mark may be cut in two; its first bytes wait for the others.
  const certain = end >= 0 ? end : inside.rest.length - partialEnd(inside.rest);
  inside.paste = `${inside.paste ?? ''}${inside.rest.slice(0, certain)}`.slice(0, PASTE_LIMIT);
  if (end < 0) return certain;
  inside.emit({ kind: 'paste', text: inside.paste });
  inside.paste = undefined;
  return end + PASTE_END.length;
}

function partialEnd(text: string): number {
  for (let length = Math.min(PASTE_END.length - 1, text.length); length > 0; length--) {
    if (PASTE_END.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

/** Emits the first event of what is waiting and returns how many characters it took; 0 when more must come first. */
function takeOne(inside: Inside): number {
  const { rest, emit } = inside;
  const code = rest.codePointAt(0) ?? 0;
  if (code === 0x1b) return takeEscape(inside);
  if (code < 0x20 || code === 0x7f) {
    emit({ kind: 'key', key: keyOfControl(code) });
    return 1;
  }
  const text = String.fromCodePoint(code);
  // C1 controls are nobody's key.
  if (code >= 0xa0 || code < 0x7f) emit({ kind: 'key', key: text === ' ' ? 'space' : text, text });
  return text.length;
}

function takeEscape(inside: Inside): number {
  const { rest, emit } = inside;
  const next = rest[1];
  if (next === undefined) return 0;
  if (next === '[') return takeCsi(inside);
  if (next === 'O') {
    if (rest.length < 3) return 0;
    const key = keyOfSs3(rest[2] ?? '');
    if (key !== undefined) emit({ kind: 'key', key });
    return 3;
  }
  if (next === ']' || next === 'P' || next === '_') return takeString(rest);
  if (next === '\x1b') {
    emit({ kind: 'key', key: 'esc' });
    return 1;
  }
  const code = rest.codePointAt(1) ?? 0;
  const character = String.fromCodePoint(code);
  emit({
    kind: 'key',
    key: `alt-${code < 0x20 || code === 0x7f ? keyOfControl(code) : character === ' ' ? 'space' : character}`,
  });
  return 1 + character.length;
}

/** An answer of the terminal (colours, version) nobody asked for: dropped whole. */
function takeString(rest: string): number {
  const bell = rest.indexOf('\x07');
  const terminator = rest.indexOf('\x1b\\', 2);
  const ends = [bell < 0 ? 0 : bell + 1, terminator < 0 ? 0 : terminator + 2].filter((end) => end > 0);
  if (ends.length > 0) return Math.min(...ends);
  return rest.length > 4_096 ? rest.length : 0;
}

const CSI = /^\x1b\[([<=>?]?[0-9;:]*)([ -/]*)([@-~])/;

function takeCsi(inside: Inside): number {
  const match = CSI.exec(inside.rest);
  if (match === null) {
    const begun = /^\x1b\[[0-9;:<=>?]*[ -/]*/.exec(inside.rest)?.[0].length ?? 2;
    // Garbage that can no longer become a sequence is dropped up to its first byte out of place.
    return begun === inside.rest.length && begun <= LONGEST_SEQUENCE ? 0 : begun;
  }
  const [whole, parameters = '', , final = ''] = match;
  if (whole === PASTE_START) inside.paste = '';
  else if (parameters.startsWith('<') && (final === 'M' || final === 'm'))
    emitMouse(inside, parameters.slice(1), final);
  else {
    const key = keyOfCsi(parameters, final);
    if (key !== undefined) inside.emit({ kind: 'key', ...key });
  }
  return whole.length;
}

function emitMouse(inside: Inside, parameters: string, final: string): void {
  const [button = 0, column = 1, row = 1] = parameters.split(';').map(Number);
  const action =
    button === 64 ? 'scroll-up' : button === 65 ? 'scroll-down' : button === 0 && final === 'M' ? 'press' : undefined;
  if (action !== undefined) inside.emit({ kind: 'mouse', action, x: column - 1, y: row - 1 });
}
