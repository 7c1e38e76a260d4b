// Nodes that speak the protocol, with a clock that is turned by hand and faults that are set from outside.
import type { CloseReason, Session, SessionEvents, Transport } from '../../src/engine/ports.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { FakeClock } from './fake-clock.ts';

/** How one simulated node behaves now; change the fields to break it and to mend it. */
export interface FakeNode {
  readonly name: string;
  connect: 'answers' | 'black-hole' | 'refuses' | 'fails' | 'no-hello';
  connectMs: number;
  latencyMs: number;
  /** Says nothing although the connection stands. */
  isSilent: boolean;
  /** Questions (`probe` or `probe target`) that give no answer; killable ones end by a kill, of vanished ones the program knows nothing. */
  readonly hung: Map<string, 'killable' | 'unkillable' | 'vanished'>;
  /** Answers by question; `probe` stands for every target of it. */
  readonly answers: Map<string, string>;
  /** Sends nonsense instead of frames. */
  isGarbled: boolean;
  /** Every request line with its time, over all connections. */
  readonly heard: { readonly atMs: number; readonly line: string }[];
  /** Questions asked while they were outstanding: must stay empty. */
  readonly doubled: string[];
  readonly drop: (why?: CloseReason) => void;
  readonly release: () => void;
  sessions: number;
}

export interface FakeNodes {
  readonly transport: Transport;
  readonly node: (name: string) => FakeNode;
  readonly all: () => readonly FakeNode[];
  /** The most connections that were being opened at once. */
  readonly mostOpening: () => number;
  readonly openSessions: () => number;
}

interface Open {
  readonly events: SessionEvents;
  readonly outstanding: Map<string, { readonly id: string; readonly isChild: boolean; readonly sum: string }>;
  /** Checksum and text of what its program told last, by question. */
  readonly told: Map<string, string>;
  isOver: boolean;
  isOpening: boolean;
}

/** Questions whose name is in `children` are answered on stderr, all others inline. */
export function createFakeNodes(clock: FakeClock, names: readonly string[], children: readonly string[]): FakeNodes {
  const nodes = new Map(names.map((name) => [name, createNode(name)]));
  let opening = 0;
  let most = 0;
  const opened = (session: Open) => {
    if (session.isOpening) opening -= 1;
    session.isOpening = false;
  };

  function createNode(name: string): FakeNode & { current: Open | undefined } {
    const node: FakeNode & { current: Open | undefined } = {
      name,
      connect: 'answers',
      connectMs: 20,
      latencyMs: 5,
      isSilent: false,
      hung: new Map(),
      answers: new Map(),
      isGarbled: false,
      heard: [],
      doubled: [],
      current: undefined,
      sessions: 0,
      drop: (why = { kind: 'lost', because: 'connection reset' }) => end(node.current, why),
      release: () => {
        for (const [question, { id, isChild }] of node.current?.outstanding ?? []) {
          if (node.hung.has(question) || node.isSilent) continue;
          if (node.current !== undefined) reply(node, node.current, question, id, isChild);
        }
      },
    };
    return node;
  }

  function end(session: Open | undefined, why: CloseReason): void {
    if (session === undefined || session.isOver) return;
    session.isOver = true;
    opened(session);
    session.events.onClose(why);
  }

  function open(endpoint: Endpoint, _program: string, events: SessionEvents): Session {
    const node = nodes.get(endpoint.node);
    if (node === undefined) throw new Error(`no node ${endpoint.node}`);
    const session: Open = { events, outstanding: new Map(), told: new Map(), isOver: false, isOpening: true };
    node.current = session;
    node.sessions += 1;
    opening += 1;
    most = Math.max(most, opening);
    const how = node.connect;
    clock.after(how === 'black-hole' ? 10_000 : node.connectMs, () => {
      if (session.isOver) return;
      if (how === 'black-hole') return end(session, { kind: 'lost', because: 'no answer within 10 s' });
      if (how === 'fails') return end(session, { kind: 'lost', because: 'connection refused' });
      if (how === 'refuses')
        return end(session, { kind: 'refused', because: 'all keys refused', reason: 'authentication' });
      opened(session);
      events.onOpen({ transport: 'ssh' });
      if (how === 'answers') send(session, 'onStdout', '# muster 1 1\n');
    });
    return {
      write: (text) => {
        for (const line of text.split('\n').slice(0, -1)) request(node, session, line);
      },
      close: () => {
        if (session.isOver) return;
        session.isOver = true;
        opened(session);
        // A word that was under way arrives all the same; nobody may heed it.
        clock.after(3, () => events.onStdout(Buffer.from('# muster 1 1\n')));
        clock.after(3, () => events.onClose({ kind: 'closed' }));
      },
    };
  }

  function request(node: FakeNode, session: Open, line: string): void {
    if (session.isOver) return;
    node.heard.push({ atMs: clock.nowMs(), line });
    const [operation, id = '', name = '', sum = '', target] = line.split(' ');
    if (operation === 'K') kill(node, session, id);
    if (operation !== 'A') return;
    const question = target === undefined ? name : `${name} ${target}`;
    if (session.outstanding.has(question)) node.doubled.push(`${line} at ${clock.nowMs()}`);
    const isChild = children.includes(name);
    session.outstanding.set(question, { id, isChild, sum });
    clock.after(node.latencyMs, () => {
      if (!node.hung.has(question) && !node.isSilent) reply(node, session, question, id, isChild);
    });
  }

  function kill(node: FakeNode, session: Open, id: string): void {
    for (const [question, asked] of session.outstanding) {
      const how = node.hung.get(question);
      if (asked.id !== id || how === undefined || how === 'unkillable') continue;
      session.outstanding.delete(question);
      send(session, 'onStderr', how === 'killable' ? `E ${id} 137 -\n` : `! ${id} gone\n`);
    }
  }

  function reply(node: FakeNode, session: Open, question: string, id: string, isChild: boolean): void {
    const asked = session.outstanding.get(question);
    if (asked?.id !== id) return;
    session.outstanding.delete(question);
    const text = node.answers.get(question) ?? node.answers.get(question.split(' ')[0] ?? '') ?? `${clock.nowMs()}`;
    if (node.isGarbled) send(session, 'onStdout', 'what?\n');
    else if (isChild) send(session, 'onStderr', `l ${id} ${text}\nE ${id} 0 -\n`);
    else if (session.told.get(question) === `${asked.sum} ${text}`) send(session, 'onStdout', `~ ${id}\n`);
    else {
      session.told.set(question, `${id} ${text}`);
      send(session, 'onStdout', `= ${id} 0 ${Buffer.byteLength(text)} ${id}\n${text}\n`);
    }
  }

  function send(session: Open, stream: 'onStdout' | 'onStderr', text: string): void {
    if (!session.isOver) session.events[stream](Buffer.from(text));
  }

  const shell: Transport['shell'] = (_endpoint, _size, events) => ({
    write: (data) => events.onData(Buffer.from(data)),
    resize: () => {},
    close: () => events.onClose('closed'),
  });
  return {
    transport: { open, shell, close: async () => {} },
    node: (name) => nodes.get(name) ?? createNode(name),
    all: () => [...nodes.values()],
    mostOpening: () => most,
    openSessions: () => [...nodes.values()].filter(({ current }) => current !== undefined && !current.isOver).length,
  };
}
