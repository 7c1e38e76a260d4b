/**
 * Between these a terminal shows nothing, so that no half of a frame is seen, however slow the link: synchronized output, private mode 2026.
 * Terminals without it take both for unknown modes and do nothing.
 */
export const BEGIN_FRAME = '\x1b[?2026h';
/** The end of what `BEGIN_FRAME` began. */
export const END_FRAME = '\x1b[?2026l';

/** Sequences that take and give back the terminal. Every one that changes a mode has its counterpart in `leaveScreen`. */
export function enterScreen(options: { readonly mouse: boolean }): string {
  const mouse = options.mouse ? '\x1b[?1000h\x1b[?1006h' : '';
  // Alternate screen, no cursor, no wrapping at the edge (so the last cell scrolls nothing), pastes marked as such.
  return `\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h${mouse}\x1b[m\x1b[2J\x1b[H`;
}

/** Leaves the terminal as it was found; harmless when sent twice or on a terminal that was never taken. */
export function leaveScreen(): string {
  return `${END_FRAME}\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[m\x1b[?7h\x1b[?25h\x1b[?1049l`;
}

/** Longest text put on the clipboard: terminals cut or refuse longer OSC 52 (xterm at about 100 KB, base64 included). */
const CLIPBOARD_LIMIT_BYTES = 74_000;

/**
 * The sequence that puts text on the clipboard of the operator's own terminal (OSC 52), also over SSH. Inside tmux it is sent both plain,
 * which tmux takes when `set-clipboard` is on or external, and passed through, which needs `allow-passthrough on`; screen gets its own wrapping.
 * Undefined when the text is too long for terminals to take.
 */
export function clipboardSequence(
  text: string,
  environment: { readonly [name: string]: string | undefined },
): string | undefined {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > CLIPBOARD_LIMIT_BYTES) return undefined;
  const plain = `\x1b]52;c;${bytes.toString('base64')}\x07`;
  if (environment['TMUX']) return `${plain}\x1bPtmux;\x1b${plain}\x1b\\`;
  if (/^screen/.test(environment['TERM'] ?? '')) return `\x1bP${plain}\x1b\\`;
  return plain;
}
