/** A target as it travels in a request line: every byte outside `[A-Za-z0-9_./-]` as `\0ooo`, which printf(1) `%b` turns back. */
export function encodeTarget(target: string): string {
  let encoded = '';
  for (const byte of Buffer.from(target, 'utf8')) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9_./-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, '0')}`;
  }
  return encoded;
}

/** The reason a target cannot be asked about, or undefined when it can. A mount point comes from the node and may be anything. */
export function whyNotTarget(target: string): string | undefined {
  if (target === '') return 'an empty target';
  if (target.includes('\0')) return 'a target with a NUL byte';
  return target.length > 4096 ? 'a target longer than PATH_MAX' : undefined;
}

/** The text a node sends back of what was encoded here; anything else comes back as it is. */
export function decodeTarget(encoded: string): string {
  const bytes = encoded.replace(/\\0([0-3][0-7]{2})/g, (_whole, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
