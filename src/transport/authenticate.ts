import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey, Prompt } from 'ssh2';
import type { Hop } from '../model/endpoint.ts';
import { agentWith, describeIdentity } from './agent.ts';
import { agentKeys, type KeyRing, keyFile, unlock } from './key-ring.ts';

/** A prompt is the far side's text: longer ones are cut. */
const LONGEST_PROMPT = 500;

/** One way to show who we are, in words for messages and with the means to do it. */
export type Identity =
  | { readonly kind: 'file'; readonly title: string; readonly key: ParsedKey }
  | { readonly kind: 'agent'; readonly title: string; readonly key: ParsedKey; readonly socketPath: string }
  | { readonly kind: 'encrypted'; readonly title: string; readonly path: string }
  | { readonly kind: 'keyboard-interactive'; readonly title: string }
  | { readonly kind: 'password'; readonly title: string };

/** What there is to try for a hop, in order, and what cannot be tried and why. */
export interface Identities {
  readonly identities: readonly Identity[];
  readonly notes: readonly string[];
}

/**
 * Gathers what may open a hop: the named key files first (through the agent where it holds them), then the agent's other keys, then what
 * needs a person. sshd counts every offered key against MaxAuthTries (6), so the likeliest go first.
 */
export async function gatherIdentities(ring: KeyRing, hop: Hop): Promise<Identities> {
  const notes: string[] = [];
  const inAgent = await keysInAgent(ring, hop, notes);
  const named: Identity[] = [];
  const locked: Identity[] = [];
  const missing: string[] = [];
  const taken = new Set<ParsedKey>();
  for (const path of hop.identityFiles) {
    const file = keyFile(ring, path);
    if (file === undefined) {
      missing.push(path);
      continue;
    }
    if (file.kind === 'unusable') {
      notes.push(`${path} cannot be used: ${file.because}`);
      continue;
    }
    const blob = file.kind === 'key' ? file.key.getPublicSSH() : file.blob;
    const held = blob && inAgent.find((key) => key.getPublicSSH().equals(blob));
    if (held !== undefined && hop.agentSocket !== undefined) {
      taken.add(held);
      named.push({ kind: 'agent', title: `${path} (agent)`, key: held, socketPath: hop.agentSocket });
    } else if (file.kind === 'key') named.push({ kind: 'file', title: path, key: file.key });
    else if (file.kind === 'encrypted') locked.push({ kind: 'encrypted', title: path, path });
    else notes.push(`${path} is a public key, and no agent holds its private half`);
  }
  const others = hop.identitiesOnly
    ? []
    : inAgent.filter((key) => !taken.has(key)).map((key) => fromAgent(key, hop.agentSocket ?? ''));
  const identities = [...named, ...others, ...locked, ...withPerson(hop)];
  // The default names are rarely all there; only a login without any key is worth the list.
  if (identities.length === 0 && missing.length > 0) notes.push(`there is no ${missing.join(', no ')}`);
  return { identities, notes };
}

async function keysInAgent(ring: KeyRing, hop: Hop, notes: string[]): Promise<readonly ParsedKey[]> {
  if (hop.agentSocket === undefined) return [];
  const keys = await agentKeys(ring, hop.agentSocket);
  if (keys instanceof Error) {
    notes.push(`the agent at ${hop.agentSocket} does not answer`);
    return [];
  }
  const { usable, others } = keys;
  notes.push(usable.length === 0 ? 'the agent holds no key usable here' : `the agent holds ${countOf(usable, 'key')}`);
  if (others.length > 0) notes.push(`only ssh itself could use ${others.map(describeIdentity).join(', ')} in it`);
  return usable;
}

const countOf = (things: readonly unknown[], word: string): string =>
  `${things.length} ${word}${things.length === 1 ? '' : 's'}`;

function fromAgent(key: ParsedKey, socketPath: string): Identity {
  return { kind: 'agent', title: `${key.comment || key.type} (agent)`, key, socketPath };
}

function withPerson(hop: Hop): readonly Identity[] {
  if (hop.password !== 'ask') return [];
  return [
    { kind: 'keyboard-interactive', title: 'keyboard-interactive' },
    { kind: 'password', title: 'password' },
  ];
}

/** How an authentication goes on: asked by ssh2, told to whoever reports it. */
export interface AuthProgress {
  /** Titles of what was shown, in order. */
  readonly tried: string[];
  /** Titles of keys nobody unlocked. */
  readonly locked: string[];
  /** Methods the server still takes, from its last answer. */
  methodsLeft: readonly string[];
  /** Around every question to a person. */
  readonly onAsk: (asking: boolean) => void;
  /** Nothing is left to try. */
  readonly onExhausted: () => void;
}

/** The ssh2 side of it: one identity per call, none that the server does not take. `passwords` keeps what a person typed, per hop. */
export function authHandler(
  ring: KeyRing,
  hop: Hop,
  { identities }: Identities,
  progress: AuthProgress,
  passwords: Map<string, string>,
): AuthHandlerMiddleware {
  const queue = [...identities];
  const proceed = async (next: (method: AnyAuthMethod) => void): Promise<void> => {
    for (;;) {
      const identity = queue.shift();
      if (identity === undefined) return progress.onExhausted();
      if (!isTaken(identity, progress.methodsLeft)) continue;
      const method = await methodFor(ring, hop, identity, progress, passwords);
      if (method === undefined) continue;
      progress.tried.push(identity.title);
      return next(method);
    }
  };
  return (methodsLeft: readonly string[] | null, _partial, next) => {
    if (methodsLeft !== null) progress.methodsLeft = methodsLeft;
    void proceed(next);
  };
}

/** Before the first answer of a server everything but a person's input is worth a try. */
function isTaken(identity: Identity, methodsLeft: readonly string[]): boolean {
  const byKey = identity.kind === 'file' || identity.kind === 'agent' || identity.kind === 'encrypted';
  return methodsLeft.length === 0 || methodsLeft.includes(byKey ? 'publickey' : identity.kind);
}

async function methodFor(
  ring: KeyRing,
  hop: Hop,
  identity: Identity,
  progress: AuthProgress,
  passwords: Map<string, string>,
): Promise<AnyAuthMethod | undefined> {
  const username = hop.user;
  const ask = async (prompt: string, echo: boolean): Promise<string | undefined> => {
    progress.onAsk(true);
    try {
      return await ring.askSecret(prompt, echo);
    } finally {
      progress.onAsk(false);
    }
  };
  switch (identity.kind) {
    case 'file':
      return { type: 'publickey', username, key: identity.key };
    case 'agent':
      return { type: 'agent', username, agent: agentWith(identity.socketPath, identity.key) };
    case 'encrypted': {
      progress.onAsk(true);
      const key = await unlock(ring, identity.path).finally(() => progress.onAsk(false));
      if (key === undefined) progress.locked.push(identity.title);
      return key && { type: 'publickey', username, key };
    }
    case 'password': {
      const password = await passwordOf(hop, passwords, () => ask(`password of ${username}@${hop.sshName}`, false));
      return password === undefined ? undefined : { type: 'password', username, password };
    }
    case 'keyboard-interactive':
      return {
        type: 'keyboard-interactive',
        username,
        prompt: (name, instructions, _language, prompts, finish) => {
          void answerPrompts(hop, [name, instructions], prompts, ask, passwords).then(finish);
        },
      };
  }
}

/** Asked once per attempt; what opened the hop before is taken without asking. */
async function passwordOf(
  hop: Hop,
  passwords: Map<string, string>,
  ask: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const key = passwordKey(hop);
  const kept = passwords.get(key);
  if (kept !== undefined) return kept;
  const typed = await ask();
  if (typed !== undefined) passwords.set(key, typed);
  return typed;
}

/** What a hop's password is kept under. */
export function passwordKey(hop: Hop): string {
  return `${hop.user}@${hop.address}:${hop.port}`;
}

/** One-time codes are asked every time; a prompt for the password itself takes the one that is kept. */
async function answerPrompts(
  hop: Hop,
  headings: readonly string[],
  prompts: readonly Prompt[],
  ask: (prompt: string, echo: boolean) => Promise<string | undefined>,
  passwords: Map<string, string>,
): Promise<string[]> {
  const answers: string[] = [];
  for (const { prompt, echo } of prompts) {
    const title = [`${hop.user}@${hop.sshName}`, ...headings, prompt]
      .filter((text) => text !== '')
      .join(': ')
      .slice(0, LONGEST_PROMPT);
    const isPassword = echo !== true && /^\s*password:?\s*$/i.test(prompt);
    const answer = isPassword
      ? await passwordOf(hop, passwords, () => ask(title, false))
      : await ask(title, echo === true);
    answers.push(answer ?? '');
  }
  return answers;
}
