// A Kubernetes API server on loopback, as far as kubectl needs one: discovery, list with pages and selectors, get, watch with resource versions, create,
// patch, update, delete, over the kinds it was started with. It can be told to refuse a verb, to let versions expire, to answer late or to end its watches.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Asked, answerList, answerObject, isSelected, json, status } from './api-answers.ts';
import { API_KINDS, type ApiPath, discovery, readPath } from './api-kinds.ts';
import { type ApiEvent, type ApiStore, createApiStore } from './api-store.ts';
import type { KubeObject } from './objects.ts';

/** What is asked: `list pods`, `watch nodes`. */
export interface Refused {
  readonly verb: 'list' | 'watch' | 'get' | 'create' | 'patch' | 'update' | 'delete' | '*';
  readonly resource: string;
}

/** Answers a subresource: `eviction`, `log`. */
export type Subresource = (asked: Asked, store: ApiStore, answer: ServerResponse) => void;

export interface ApiServer {
  readonly url: string;
  readonly store: ApiStore;
  /** Puts objects where they belong, or replaces them, and tells the watches. */
  readonly put: (resource: string, ...objects: readonly KubeObject[]) => void;
  readonly remove: (resource: string, object: KubeObject) => void;
  /** Verbs refused with 403 from now on. */
  readonly refuse: (...refused: readonly Refused[]) => void;
  /** Credentials are no longer accepted. */
  readonly expireToken: (isExpired: boolean) => void;
  /** Ends all watches; with `gone` their versions are too old from now on. */
  readonly endWatches: (gone?: 'gone') => void;
  /** Answers wait this long. */
  readonly delay: (ms: number) => void;
  /** Called before a request is answered, with its words: somebody else may be faster. */
  readonly before: (call: (words: string) => void) => void;
  /** `list pods`, `watch pods`, `patch nodes/gpu-0`, in the order they came. */
  readonly asked: readonly string[];
  /** Resolves when the next request of these words has come, or at once if it has. */
  readonly came: (words: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const VERBS: { readonly [method: string]: string } = {
  POST: 'create',
  PATCH: 'patch',
  PUT: 'update',
  DELETE: 'delete',
};

/** Starts a server with nothing in it; resources that are not named are unknown to it (404). */
export async function startApiServer(
  resources: readonly string[],
  subresources: { readonly [name: string]: Subresource } = {},
): Promise<ApiServer> {
  const store = createApiStore(resources);
  // Every cluster has the kinds of evictions and namespaces.
  const kinds = API_KINDS.filter(({ resource }) => store.has(resource) || resource === 'poddisruptionbudgets');
  const watches = new Set<ServerResponse>();
  const note = createNotes();
  let refused: readonly Refused[] = [];
  let isExpired = false;
  let delayMs = 0;
  let before = (_words: string) => {};

  const handle = (request: IncomingMessage, answer: ServerResponse, body: string) => {
    const url = new URL(request.url ?? '/', 'http://api');
    if (isExpired) return void status(answer, 401, 'Unauthorized', 'Unauthorized');
    const told = request.method === 'GET' ? discovery(url.pathname, kinds) : undefined;
    if (told !== undefined) return void json(answer, 200, told);
    const path = readPath(url.pathname, kinds);
    if (path === undefined)
      return void status(answer, 404, 'NotFound', 'the server could not find the requested resource');
    const verb = verbOf(request.method ?? 'GET', path, url.searchParams);
    const words = [verb, [path.kind.resource, path.name, path.subresource].filter((part) => part).join('/')].join(' ');
    note.add(words);
    before(words);
    const { resource } = path.kind;
    if (refused.some((one) => one.resource === resource && (one.verb === verb || one.verb === '*')))
      return void status(answer, 403, 'Forbidden', forbidden(path, verb));
    const asked: Asked = { path, query: url.searchParams, type: request.headers['content-type'] ?? '', body };
    const sub = path.subresource === undefined ? undefined : subresources[path.subresource];
    if (sub !== undefined) return sub(asked, store, answer);
    if (verb === 'watch') return watch(store, asked, answer, watches);
    if (verb === 'list') return answerList(store, asked, answer);
    answerObject(store, verb, asked, answer);
  };

  const server = createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const go = () => handle(request, answer, Buffer.concat(chunks).toString('utf8'));
      if (delayMs === 0) go();
      else setTimeout(go, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    store,
    put: (resource, ...objects) => {
      for (const object of objects) store.put(resource, object);
    },
    remove: store.remove,
    refuse: (...all) => {
      refused = all;
    },
    expireToken: (isNow) => {
      isExpired = isNow;
    },
    endWatches: (gone) => {
      if (gone !== undefined) store.expire();
      for (const answer of watches) answer.end();
      watches.clear();
    },
    delay: (ms) => {
      delayMs = ms;
    },
    before: (call) => {
      before = call;
    },
    asked: note.asked,
    came: note.came,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function verbOf(method: string, { name }: ApiPath, query: URLSearchParams): string {
  if (method !== 'GET') return VERBS[method] ?? method.toLowerCase();
  if (['1', 'true'].includes(query.get('watch') ?? '')) return 'watch';
  return name === undefined ? 'list' : 'get';
}

function watch(store: ApiStore, asked: Asked, answer: ServerResponse, watches: Set<ServerResponse>): void {
  const { resource } = asked.path.kind;
  const from = Number(asked.query.get('resourceVersion'));
  const isWanted = isSelected(asked.path, asked.query);
  answer.writeHead(200, { 'content-type': 'application/json' });
  answer.flushHeaders();
  const send = (type: string, object: unknown) => answer.write(`${JSON.stringify({ type, object })}\n`);
  if (from < store.oldest()) {
    send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
    return void answer.end();
  }
  const tell = (event: ApiEvent) => {
    if (event.resource === resource && isWanted(event.object)) send(event.type, event.object);
  };
  for (const event of store.since(resource, from)) tell(event);
  watches.add(answer);
  const stop = store.listen((event) => {
    if (watches.has(answer)) tell(event);
  });
  answer.once('close', () => {
    stop();
    watches.delete(answer);
  });
}

function forbidden({ kind, namespace, name, subresource }: ApiPath, verb: string): string {
  const asked = subresource === undefined ? kind.resource : `${kind.resource}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `${kind.resource}${name === undefined ? '' : ` "${name}"`} is forbidden: User "operator" cannot ${verb} resource "${asked}" in API group "${kind.group}" ${where}`;
}

function createNotes() {
  const asked: string[] = [];
  const waiting = new Map<string, (() => void)[]>();
  return {
    asked,
    add: (words: string) => {
      asked.push(words);
      for (const done of waiting.get(words) ?? []) done();
      waiting.delete(words);
    },
    came: (words: string): Promise<void> =>
      new Promise((resolve) => {
        if (asked.includes(words)) resolve();
        else waiting.set(words, [...(waiting.get(words) ?? []), resolve]);
      }),
  };
}
