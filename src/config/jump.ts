/** One hop of a ProxyJump list. */
export interface JumpName {
  readonly user?: string;
  readonly host: string;
  readonly port?: number;
}

/** Reads `[user@]host[:port]`, `[user@][v6]:port` or `ssh://user@host:port`; undefined when it is none of them. */
export function parseJump(text: string): JumpName | undefined {
  const bare = text
    .trim()
    .replace(/^ssh:\/\//, '')
    .replace(/\/$/, '');
  const [, user, six, plain, port] =
    /^(?:([^@\s]+)@)?(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^\s:@[\]/-][^\s:@[\]/]*))(?::(\d{1,5}))?$/.exec(bare) ?? [];
  const host = six ?? plain;
  if (host === undefined) return undefined;
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port: Number(port) }) };
}
