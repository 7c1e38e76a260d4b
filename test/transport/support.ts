import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CloseReason, Session, SessionEvents } from '../../src/engine/ports.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import { createTransport, type FleetTransport, type TransportOptions } from '../../src/transport/transport.ts';

/** A folder of one test, removed after it. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'muster-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A port of the loopback interface that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A transport that is closed after the test. Whoever is asked declines, unless told otherwise. */
export function transport(options: Partial<TransportOptions> = {}): FleetTransport {
  const made = createTransport({ askSecret: () => Promise.resolve(undefined), random: () => 0, ...options });
  onTestFinished(() => made.close());
  return made;
}

/** An endpoint on loopback that trusts nothing and shows no key; a test says what it needs. */
export function endpoint(port: number, more: Partial<Endpoint> = {}): Endpoint {
  return {
    node: nodeName('gpu01'),
    via: 'ssh',
    address: '127.0.0.1',
    port,
    user: 'tester',
    sshName: 'gpu01',
    jumps: [],
    identityFiles: [],
    identitiesOnly: false,
    password: 'never',
    knownHostsFiles: ['/dev/null'],
    hostKeyName: '127.0.0.1',
    pinnedHostKeys: [],
    hostKeyPolicy: 'accept-new',
    connectTimeoutMs: 10_000,
    keepaliveMs: 15_000,
    keepaliveCount: 3,
    ...more,
  };
}

/** A session as a test sees it: what came, and promises for what is to come. */
export interface Watched {
  readonly session: Session;
  readonly opened: Promise<'ssh' | 'openssh' | 'local'>;
  readonly closed: Promise<CloseReason>;
  readonly closes: () => number;
  /** Resolves when standard output so far holds the text. */
  readonly until: (text: string) => Promise<string>;
  readonly untilStderr: (text: string) => Promise<string>;
}

/** Answers each line with `got <line>`, as the poller's program answers requests; `bye` ends it with exit code 3. */
export const ECHO = `
echo ready
while read -r line; do
  case $line in
    bye) exit 3 ;;
    err*) echo "$line" >&2 ;;
    *) echo "got $line" ;;
  esac
done
`;

/** Opens a session and watches it. */
export function watch(over: FleetTransport, to: Endpoint, program = ECHO): Watched {
  const opened = Promise.withResolvers<'ssh' | 'openssh' | 'local'>();
  const closed = Promise.withResolvers<CloseReason>();
  const stdout = collector();
  const stderr = collector();
  let closes = 0;
  const events: SessionEvents = {
    onOpen: ({ transport: by }) => opened.resolve(by),
    onStdout: stdout.add,
    onStderr: stderr.add,
    onClose: (why) => {
      closes += 1;
      closed.resolve(why);
    },
  };
  const session = over.open(to, program, events);
  return {
    session,
    opened: opened.promise,
    closed: closed.promise,
    closes: () => closes,
    until: stdout.until,
    untilStderr: stderr.until,
  };
}

/** Gathers chunks and wakes who waits for a text in them. */
export function collector(): {
  readonly add: (chunk: Buffer) => void;
  readonly until: (text: string) => Promise<string>;
  readonly text: () => string;
} {
  let all = '';
  const waiting = new Set<{ readonly text: string; readonly resolve: (all: string) => void }>();
  return {
    text: () => all,
    add: (chunk) => {
      all += chunk.toString('utf8');
      for (const one of waiting) {
        if (!all.includes(one.text)) continue;
        waiting.delete(one);
        one.resolve(all);
      }
    },
    until: (text) =>
      all.includes(text) ? Promise.resolve(all) : new Promise((resolve) => waiting.add({ text, resolve })),
  };
}
