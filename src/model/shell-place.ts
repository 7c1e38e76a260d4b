/** Where a character of a line for sh(1) stands. */
export type ShellPlace = 'bare' | 'single quotes' | 'double quotes' | 'a comment';

/** How sh(1) reads the character at this place of a line, as far as quotes, backslashes and comments decide it. */
export function shellPlace(line: string, at: number): ShellPlace {
  let place: ShellPlace = 'bare';
  for (let index = 0; index < at; index += 1) {
    const character = line.charAt(index);
    if (place === 'a comment') {
      if (character === '\n') place = 'bare';
    } else if (place === 'single quotes') {
      if (character === "'") place = 'bare';
    } else if (character === '\\') index += 1;
    else if (place === 'double quotes') {
      if (character === '"') place = 'bare';
    } else if (character === "'") place = 'single quotes';
    else if (character === '"') place = 'double quotes';
    else if (character === '#' && (index === 0 || /[\s;&|()]/.test(line.charAt(index - 1)))) place = 'a comment';
  }
  return place;
}
