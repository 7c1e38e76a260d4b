import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import ssh2, { type ClientChannel } from 'ssh2';
import type { Endpoint } from '../../src/model/endpoint.ts';

/** What a plain SSH client saw of one answer: its text, its exit code, or that it was the same as before. */
export interface PlainAnswer {
  readonly exit: string;
  readonly sum: string;
  readonly text: string;
}

/** A plain ssh2 client that speaks the program's protocol, written apart from the product's own. */
export interface PlainClient {
  readonly ask: (
    question: string,
    options?: { readonly sum?: string; readonly target?: string },
  ) => Promise<PlainAnswer>;
  readonly send: (line: string) => void;
  /** Resolves when the raw output of both streams matches. */
  readonly seen: (pattern: RegExp) => Promise<string>;
  readonly closed: Promise<void>;
  readonly end: () => void;
}

/** Opens a connection; rejects with what the SSH library says. */
export function connect(endpoint: Endpoint): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve(client));
    client.on('error', reject);
    client.once('close', () => reject(new Error('closed')));
    client.connect({
      // ssh2 sends the handshake in small writes: without noDelay each waits 40 ms for an acknowledgement.
      sock: createConnection({ host: endpoint.address, port: endpoint.port, noDelay: true }),
      username: endpoint.user,
      privateKey: readFileSync(endpoint.identityFiles[0] ?? ''),
      readyTimeout: 10_000,
    });
  });
}

/** Runs one command and gives its output. */
export function exec(client: ssh2.Client, command: string): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error !== undefined) return reject(error);
      let stdout = '';
      let stderr = '';
      channel.on('data', (chunk: Buffer) => (stdout += chunk));
      channel.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
      channel.once('close', (code: number) => resolve({ stdout, stderr, code }));
    });
  });
}

/** Connects to a demo node and starts the program there. */
export async function startPlain(endpoint: Endpoint, program = ': nothing'): Promise<PlainClient> {
  const client = await connect(endpoint);
  const bytes = Buffer.byteLength(program);
  const channel = await new Promise<ClientChannel>((resolve, reject) =>
    client.exec(`exec sh -c 'eval "$(head -c ${bytes})"' muster`, (error, opened) =>
      error === undefined ? resolve(opened) : reject(error),
    ),
  );
  let output = '';
  let lastId = 0;
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer) => {
    output += chunk.toString('latin1');
    for (const look of [...waiting]) look();
  };
  channel.on('data', take);
  channel.stderr.on('data', take);
  const until = <T>(find: () => T | undefined) =>
    new Promise<T>((resolve) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const seen = (pattern: RegExp) => until(() => pattern.exec(output)?.[0]);
  channel.write(program);
  await seen(/# muster 1 \d+\n/);
  return {
    ask: async (question, { sum = '-', target = '' } = {}) => {
      const id = String(++lastId);
      channel.write(`A ${id} ${question} ${sum} ${target}\n`);
      return until(() => answerIn(output, id));
    },
    send: (line) => channel.write(`${line}\n`),
    seen,
    closed: new Promise((resolve) => client.once('close', () => resolve())),
    end: () => client.end(),
  };
}

/** The answer to one question out of everything received, or undefined while it is not complete. */
function answerIn(output: string, id: string): PlainAnswer | undefined {
  if (new RegExp(`^(?:~|S) ${id}$`, 'm').test(output)) return { exit: 'same', sum: '', text: '' };
  const inline = new RegExp(`^= ${id} (\\d+) (\\d+) (\\S+)\n`, 'm').exec(output);
  if (inline !== null) {
    const [head, exit = '', length = '', sum = ''] = inline;
    const start = inline.index + head.length;
    const text = output.slice(start, start + Number(length));
    return output.length > start + text.length ? { exit, sum, text: utf8(text) } : undefined;
  }
  const end = new RegExp(`^E ${id} (\\d+) (\\S+)$`, 'm').exec(output);
  if (end === null) return undefined;
  const lines = [...output.matchAll(new RegExp(`^([Ll]) ${id} (.*)\n`, 'gm'))];
  const text = lines.map(([, kind, line]) => `${line}${kind === 'L' ? '\n' : ''}`).join('');
  return { exit: end[1] ?? '', sum: end[2] ?? '-', text: utf8(text) };
}

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');
