import type { CloseReason } from '../engine/ports.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { HostKeyReview, RefusedReason } from '../model/link.ts';
import { bySystemError, explainTimeout, firstLine, lastWords, lost, placeOf, tooManyStartups } from './failure.ts';
import { namesOf } from './host-keys.ts';

/** What ssh(1) exits with when it is the one that failed, not the program. */
const SSH_FAILED = 255;

/** Reads ssh's own words into the reasons muster knows. Unknown words are shown as they are; the connection is then tried again. */
export function explainOpenSsh(endpoint: Endpoint, exitCode: number | null, stderr: string): CloseReason {
  const place = placeOf(endpoint);
  const lines = stderr.split('\n').map((line) => line.trim());
  const last = lastWords(stderr);
  if (exitCode === null) return lost(`the system ssh to ${place} was killed`);
  if (exitCode !== SSH_FAILED)
    return lost(`the program on ${place} ended with exit code ${exitCode}${last === '' ? '' : `: ${last}`}`);
  const refusal = REFUSALS.find(({ words }) => words.test(stderr));
  if (refusal === undefined)
    return (
      inOwnWords(endpoint, stderr) ?? lost(`${place}: ${last === '' ? 'the system ssh gave up without a word' : last}`)
    );
  const because = `${place} ${refusal.because(lines.find((line) => refusal.words.test(line)) ?? last, endpoint)}`;
  const review = refusal.reason === 'host-key-changed' ? reviewOf(endpoint, stderr) : undefined;
  return { kind: 'refused', because, reason: refusal.reason, ...(review === undefined ? {} : { review }) };
}

const REFUSALS: readonly {
  readonly words: RegExp;
  readonly reason: RefusedReason;
  readonly because: (line: string, endpoint: Endpoint) => string;
}[] = [
  {
    words: /REVOKED HOST KEY|is marked as revoked/i,
    reason: 'host-key-revoked',
    because: () => 'shows a revoked host key; do not connect, ask who runs it',
  },
  {
    words: /IDENTIFICATION HAS CHANGED/,
    reason: 'host-key-changed',
    because: () => 'shows another host key than the one on file; if it was reinstalled, remove the old line',
  },
  {
    words: /No .* host key is known|Host key verification failed/,
    reason: 'host-key-unknown',
    because: (_, endpoint) =>
      `${endpoint.jumps.length > 0 ? 'or a jump host before it ' : ''}shows a host key nobody has accepted yet; run "${byHand(endpoint)}" once and compare it`,
  },
  {
    words: /Too many authentication failures/,
    reason: 'authentication',
    because: () => 'gave up after too many keys; name the right one as IdentityFile and set IdentitiesOnly',
  },
  {
    words: /Permission denied \(/,
    reason: 'authentication',
    because: (line, { user }) => `does not let ${user === '' ? 'you' : user} in: ${firstLine(line)}`,
  },
  {
    words:
      /Bad owner or permissions|Bad configuration option|terminating, \d+ bad|Unable to negotiate|percent_expand|Bad .*argument|no argument after keyword/i,
    reason: 'configuration',
    because: (line) => `cannot be reached as configured: ${firstLine(line)}`,
  },
];

/** What ssh(1) says of a connection that did not come about, by the name its own client would have it from the system. */
const LOSSES: readonly (readonly [words: RegExp, code: string])[] = [
  [/Connection refused/i, 'ECONNREFUSED'],
  [/No route to host|Host is down/i, 'EHOSTUNREACH'],
  [/Network is unreachable/i, 'ENETUNREACH'],
  [/(?:Connection|Operation) timed out/i, 'ETIMEDOUT'],
  [/Temporary failure in name resolution/i, 'EAI_AGAIN'],
  [/Could not resolve hostname/i, 'ENOTFOUND'],
];

/**
 * The same sentence as over muster's own client, where ssh speaks of the node itself: `ssh: connect to host 10.0.0.1 port 22: Connection refused`.
 * Behind a jump host the words may be about any machine on the way, and stay as they are.
 */
function inOwnWords(endpoint: Endpoint, stderr: string): CloseReason | undefined {
  if (endpoint.jumps.length > 0) return undefined;
  if (/timed out during banner exchange/i.test(stderr)) return explainTimeout(endpoint, 'waiting for the SSH greeting');
  const code = LOSSES.find(([words]) => words.test(stderr))?.[1];
  if (code !== undefined) return bySystemError(code, endpoint);
  return /kex_exchange_identification|banner exchange|Connection (?:closed|reset) by/i.test(stderr)
    ? lost(tooManyStartups(placeOf(endpoint)))
    : undefined;
}

/** What a person types to reach the node the same way; folders of another home are muster's own affair. */
function byHand({ sshArguments = [], sshName }: Endpoint): string {
  return ['ssh', ...sshArguments.filter((word) => !word.startsWith('-o')), sshName].join(' ');
}

/** `The fingerprint for the ED25519 key sent by the remote host is` … `SHA256:…` … `Offending ECDSA key in FILE:LINE`. */
function reviewOf(endpoint: Endpoint, stderr: string): HostKeyReview | undefined {
  const [, keyType, fingerprint] =
    /fingerprint for the (\S+) key sent by the remote host is\s+(SHA256:[A-Za-z0-9+/]+)/.exec(stderr) ?? [];
  if (keyType === undefined || fingerprint === undefined) return undefined;
  const [, knownFrom] = /Offending \S+ key in (\S+:\d+)/.exec(stderr) ?? [];
  return {
    node: endpoint.node,
    address: endpoint.address,
    keyType,
    fingerprint,
    knownFingerprint: 'another key',
    knownAs: namesOf(endpoint)[0] ?? endpoint.address,
    ...(knownFrom === undefined ? {} : { knownFrom }),
  };
}
