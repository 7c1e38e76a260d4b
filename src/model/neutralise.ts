/** Anything but printable ASCII: most text of nodes has none and is returned as it came. */
const ODD = /[^\x20-\x7e]/;

/** Controls, bidi and other format characters, zero-width and other ignorable ones, unassigned, private, line separators. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** More marks on one letter than any script needs would climb out of their row. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * Text of a node made safe to draw, print or export, on one line: no escape, control, bidi or zero-width character is left, and none
 * vanishes: `ESC` becomes `␛`, a right-to-left override `<U+202E>`. A mark without a letter before it gets a dotted circle to stand on.
 */
export function neutralise(text: string): string {
  if (!ODD.test(text)) return text;
  return text
    .toWellFormed()
    .replace(HARMFUL, visibleForm)
    .replace(PILED_MARKS, '$1')
    .replace(/^\p{M}/u, '◌$&');
}

function visibleForm(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** What `neutralise` yields, with everything outside ASCII written as `?`: for terminals and files that can show nothing else. */
export function asciiOnly(text: string): string {
  return neutralise(text).replace(/[^\x20-\x7e]/gu, '?');
}
