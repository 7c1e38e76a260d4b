import type { CloseReason } from '../engine/ports.ts';
import type { Hop } from '../model/endpoint.ts';

/** How far an attempt had come, in words that complete "timed out while …". */
export type Phase =
  | 'connecting'
  | 'waiting for the SSH greeting'
  | 'agreeing on keys'
  | 'authenticating'
  | 'opening a channel'
  | 'connected';

/** `gpu01`, `10.0.0.1:2222` or `bastion (10.0.0.1:2222)`: the name a person knows, and where it was looked for when that differs. */
export function placeOf(hop: Hop): string {
  const where =
    hop.port === 22 ? hop.address : `${hop.address.includes(':') ? `[${hop.address}]` : hop.address}:${hop.port}`;
  return hop.sshName === where || hop.sshName === hop.address || hop.sshName === ''
    ? where
    : `${hop.sshName} (${where})`;
}

/** A failure that may pass by itself. */
export function lost(because: string): CloseReason {
  return { kind: 'lost', because };
}

/** Turns what the system or ssh2 says about a broken attempt into one sentence with a next move where there is one. */
export function explainError(error: unknown, hop: Hop, phase: Phase): CloseReason {
  const place = placeOf(hop);
  const { code, message } = factsOf(error);
  if (code === 'ECONNRESET' && BEFORE_HANDSHAKE.includes(phase)) return lost(tooManyStartups(place));
  const bySystem = bySystemError(code, hop);
  if (bySystem !== undefined) return bySystem;
  if (/Connection lost before handshake/i.test(message)) return lost(tooManyStartups(place));
  if (/no matching/i.test(message)) {
    const what = message.replace(/^Handshake failed:\s*/i, '');
    const because = `${place}: ${what}; set "transport: openssh" for this node, the system ssh may know it`;
    return { kind: 'refused', because, reason: 'configuration' };
  }
  if (/Too many authentication failures/i.test(message)) {
    const because = `${place} gave up after too many keys; name the right one as IdentityFile and set IdentitiesOnly`;
    return { kind: 'refused', because, reason: 'authentication' };
  }
  if (/Keepalive timeout/i.test(message)) return lost(`${place} stopped answering (no keepalive answer)`);
  return lost(`${place}: ${firstLine(message)} while ${phase}`);
}

/** The sentence for what the system says of a connection, by its name in errno(3); undefined for one muster has no words for. */
export function bySystemError(code: string | undefined, hop: Hop): CloseReason | undefined {
  const because = code === undefined ? undefined : SYSTEM_ERRORS[code];
  return because === undefined ? undefined : lost(because(placeOf(hop), hop.port));
}

/** The sentence for an attempt that ran out of time. */
export function explainTimeout(hop: Hop, phase: Phase): CloseReason {
  return lost(`${placeOf(hop)}: no answer within ${hop.connectTimeoutMs / 1000} s while ${phase}`);
}

/** The sentence for what answers without being an SSH server; undefined for one that is, or is too busy to say so. */
export function notSsh(hop: Hop, greeting: string | undefined): CloseReason | undefined {
  if (greeting === undefined || /^SSH-/m.test(greeting) || /MaxStartups|Not allowed at this time/.test(greeting))
    return undefined;
  const said = firstLine(greeting).slice(0, 60);
  return lost(`${placeOf(hop)} is no SSH server: it says ${JSON.stringify(said)}; check the port`);
}

const BEFORE_HANDSHAKE: readonly Phase[] = ['connecting', 'waiting for the SSH greeting', 'agreeing on keys'];

const SYSTEM_ERRORS: { readonly [code: string]: (place: string, port: number) => string } = {
  ENOTFOUND: (place) => `the name of ${place} does not resolve; check the inventory's address or the DNS`,
  EAI_AGAIN: (place) => `the name of ${place} does not resolve now: the DNS server does not answer`,
  ECONNREFUSED: (place, port) =>
    `${place} refuses the connection: nothing listens on port ${port}, or a firewall rejects it`,
  EHOSTUNREACH: (place) => `no route to ${place}: it is down, or another network`,
  ENETUNREACH: (place) => `no route to the network of ${place}`,
  ETIMEDOUT: (place) => `${place} does not answer: it is down, or a firewall drops the packets`,
  ECONNRESET: (place) => `${place} closed the connection`,
  EPIPE: (place) => `${place} closed the connection`,
  EMFILE: () => 'too many open files on this machine; raise the limit with ulimit -n',
  EACCES: (place) => `this machine does not allow connections to ${place}`,
};

/** Closed without a greeting: what sshd does above MaxStartups, what it does to an address it was told to refuse, and what a forwarder with nobody behind it does. */
export function tooManyStartups(place: string): string {
  return `${place} closed the connection before the handshake: its sshd may be at MaxStartups or refuse this address, or what forwards to it cannot reach it`;
}

function factsOf(error: unknown): { readonly code?: string; readonly message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  // Happy Eyeballs gathers one error per address; the first speaks for all.
  if (error instanceof AggregateError && error.errors.length > 0) return factsOf(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { ...code, message: error.message };
}

/** A line that muster's own program wrote for muster, e.g. `E 22 0 -`. */
const OWN_LINE = /^[A-Z] \d+( |$)/;

/** The last line of standard error that was meant for people; empty where there is none. */
export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  return firstLine(lines.findLast((line) => line !== '' && !OWN_LINE.test(line)) ?? '');
}

/** One line, and not a long one: it comes from the far side. */
export function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 300);
}
