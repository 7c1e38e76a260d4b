import { connect } from 'node:net';
import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2';
import { neutralise } from '../model/neutralise.ts';

/** A forwarded agent whose far end is gone accepts and stays silent. */
const AGENT_DEADLINE_MS = 3_000;

/** OpenSSH's own agents and clients take no longer message (authfd.c, MAX_AGENT_REPLY_LEN). */
const LONGEST_ANSWER_BYTES = 256 * 1024;

/** A comment is free text: longer ones are cut. */
const LONGEST_NAME = 60;

/** SSH_AGENTC_REQUEST_IDENTITIES and SSH_AGENT_IDENTITIES_ANSWER of draft-ietf-sshm-ssh-agent, section 3.5. */
const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);
const IDENTITIES_ANSWER = 12;

/** What an agent holds: keys that ssh2 can use, and those that only ssh(1) itself can. */
export interface AgentKeys {
  readonly usable: readonly ParsedKey[];
  readonly others: readonly AgentIdentity[];
}

/** A key as the agent names it, e.g. `ssh-ed25519-cert-v01@openssh.com` with the comment `ada@desk`. */
export interface AgentIdentity {
  readonly type: string;
  readonly comment: string;
}

/** `a certificate (ada@desk)`, `a security key (ada@desk)`. */
export function describeIdentity({ type, comment }: AgentIdentity): string {
  const name = neutralise(comment === '' ? type : comment).slice(0, LONGEST_NAME);
  if (type.includes('-cert-v01@')) return `a certificate (${name})`;
  return type.startsWith('sk-') ? `a security key (${name})` : `a key of a kind that muster does not know (${name})`;
}

/** Asks an agent what it holds; an error when it does not answer or makes no sense. ssh2 would leave out what it cannot use. */
export function askAgent(socketPath: string): Promise<AgentKeys | Error> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect(socketPath);
    const end = (result: AgentKeys | Error): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(new Error('no answer')), AGENT_DEADLINE_MS);
    socket.on('connect', () => socket.write(REQUEST_IDENTITIES));
    socket.on('error', end);
    socket.on('close', () => end(new Error('the agent hung up')));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < 4) return;
      const length = answer.readUInt32BE(0);
      if (length > LONGEST_ANSWER_BYTES) end(new Error('an answer too long to be true'));
      else if (answer.length >= 4 + length) end(readIdentities(answer.subarray(4, 4 + length)));
    });
  });
}

/** The agent, showing only one of its keys: so the order of the keys is ours, and each attempt can be named. */
export function agentWith(socketPath: string, key: ParsedKey): BaseAgent {
  const agent = ssh2.createAgent(socketPath);
  agent.getIdentities = (answer) => answer(null, [key]);
  return agent;
}

/** The type, a count of 4 bytes, then key and comment of each, both as strings with their length before them. */
function readIdentities(body: Buffer): AgentKeys | Error {
  try {
    if (body[0] !== IDENTITIES_ANSWER) return new Error('the agent refuses to tell its keys');
    const usable: ParsedKey[] = [];
    const others: AgentIdentity[] = [];
    const count = body.readUInt32BE(1);
    let at = 5;
    for (let index = 0; index < count; index += 1) {
      const blob = stringAt(body, at);
      const text = stringAt(body, at + 4 + blob.length);
      at += 8 + blob.length + text.length;
      const comment = text.toString('utf8');
      const key = ssh2.utils.parseKey(blob);
      if (key instanceof Error) others.push({ type: stringAt(blob, 0).toString('latin1'), comment });
      else usable.push(Object.assign(key, { comment: key.comment || comment }));
    }
    return { usable, others };
  } catch {
    return new Error('the answer of the agent makes no sense');
  }
}

/** Throws where the bytes end before the string does. */
function stringAt(bytes: Buffer, at: number): Buffer {
  const length = bytes.readUInt32BE(at);
  if (at + 4 + length > bytes.length) throw new RangeError('cut off');
  return bytes.subarray(at + 4, at + 4 + length);
}
