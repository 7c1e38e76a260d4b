/**
 * The command that starts a program sent on standard input, under any login shell (csh and fish too): it reads exactly the program's
 * bytes, so that what follows is the program's own input. Nothing is written on the node, and `ps` shows only this line. A PATH that leads
 * nowhere must not keep anyone from looking at the node.
 */
export function bootstrap(program: string): string {
  return `exec /bin/sh -c 'PATH="$PATH:/usr/bin:/bin"; eval "$(dd bs=1 count=${Buffer.byteLength(program)} 2>/dev/null)"' muster`;
}
