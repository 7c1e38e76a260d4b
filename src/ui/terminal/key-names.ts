const CONTROL_NAMES: { readonly [code: number]: string } = {
  0: 'ctrl-space',
  8: 'backspace',
  9: 'tab',
  10: 'enter',
  13: 'enter',
  27: 'esc',
  127: 'backspace',
};

/** The key behind a control character: `enter`, `tab`, `ctrl-l`. */
export function keyOfControl(code: number): string {
  return CONTROL_NAMES[code] ?? `ctrl-${String.fromCharCode(code + 0x60)}`;
}

const CSI_FINALS: { readonly [final: string]: string } = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
};

const CSI_TILDES: { readonly [parameter: number]: string } = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};

/** The key behind an SS3 sequence (`ESC O x`): arrows of the application mode, F1 to F4, Enter of the keypad. */
export function keyOfSs3(final: string): string | undefined {
  return final === 'M' ? 'enter' : CSI_FINALS[final];
}

/**
 * The key behind a CSI sequence, modifiers in front: `1;5A` is `ctrl-up`, `Z` is `shift-tab`, `5~` is `pageup`. Also characters in the form
 * `CSI code;modifiers u` that some terminals send. Undefined for what is no key.
 */
export function keyOfCsi(
  parameters: string,
  final: string,
): { readonly key: string; readonly text?: string } | undefined {
  const [first = 0, second = 1, third = 0] = parameters.split(';').map((part) => Number.parseInt(part, 10) || 0);
  if (final === 'Z') return { key: 'shift-tab' };
  if (final === 'u') return modifiedCharacter(first, second);
  if (final === '~' && first === 27) return modifiedCharacter(third, second);
  const name = final === '~' ? CSI_TILDES[first] : CSI_FINALS[final];
  return name === undefined ? undefined : { key: `${modifiers(second)}${name}` };
}

function modifiedCharacter(
  code: number,
  modifier: number,
): { readonly key: string; readonly text?: string } | undefined {
  if (code > 0x10ffff || code === 0) return undefined;
  const isNamed = code < 0x20 || code === 0x7f;
  const text = String.fromCodePoint(code);
  const name = isNamed ? keyOfControl(code) : text === ' ' ? 'space' : text;
  const prefix = modifiers(modifier);
  return prefix === '' && !isNamed ? { key: name, text } : { key: `${prefix}${name}` };
}

/** Modifier parameter of xterm: 1 plus 1 for shift, 2 for alt, 4 for control. */
function modifiers(parameter: number): string {
  const bits = Math.max(0, parameter - 1);
  return `${bits & 4 ? 'ctrl-' : ''}${bits & 2 ? 'alt-' : ''}${bits & 1 ? 'shift-' : ''}`;
}
