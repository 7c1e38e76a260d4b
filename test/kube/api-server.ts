// A Kubernetes API server on loopback: discovery, list with pages, get and watch with resource versions, over the kinds that are put into
// it. It can be told to refuse a verb, to let versions expire, to answer late or to end its watches.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from './objects.ts';

/** What is asked: `list pods`, `watch nodes`. */
export interface Refused {
  readonly verb: 'list' | 'watch' | '*';
  readonly resource: string;
}

export interface ApiServer {
  readonly url: string;
  /** Puts an object where it belongs, or replaces it, and tells the watches. */
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
  /** `list pods`, `watch pods 12`, in the order they came. */
  readonly asked: readonly string[];
  /** Resolves when the next request of these words has come, or at once if it has. */
  readonly came: (words: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Watch {
  readonly resource: string;
  readonly answer: ServerResponse;
}

const GROUPS: Readonly<Record<string, string>> = { daemonsets: 'apis/apps/v1', clusterpolicies: 'apis/nvidia.com/v1' };
const idOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** Starts a server with nothing in it; resources that were never put are unknown to it (404). */
export async function startApiServer(resources: readonly string[]): Promise<ApiServer> {
  const kinds = new Map(resources.map((name) => [name, new Map<string, KubeObject>()]));
  const watches = new Set<Watch>();
  const asked: string[] = [];
  const waiting = new Map<string, (() => void)[]>();
  let version = 100;
  let oldest = 0;
  let refused: readonly Refused[] = [];
  let isExpired = false;
  let delayMs = 0;

  const note = (words: string) => {
    asked.push(words);
    for (const done of waiting.get(words) ?? []) done();
    waiting.delete(words);
  };
  const send = (watch: Watch, type: string, object: unknown) =>
    watch.answer.write(`${JSON.stringify({ type, object })}\n`);
  const tell = (resource: string, type: string, object: KubeObject) => {
    for (const watch of watches) if (watch.resource === resource) send(watch, type, object);
  };
  const stamped = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(++version) },
  });
  const history: {
    readonly at: number;
    readonly resource: string;
    readonly type: string;
    readonly object: KubeObject;
  }[] = [];
  const change = (resource: string, type: string, object: KubeObject) => {
    history.push({ at: version, resource, type, object });
    tell(resource, type, object);
  };

  const answerWatch = (resource: string, from: number, answer: ServerResponse) => {
    note(`watch ${resource}`);
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.flushHeaders();
    const watch: Watch = { resource, answer };
    if (from < oldest) {
      send(watch, 'ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
      return void answer.end();
    }
    for (const event of history)
      if (event.resource === resource && event.at > from) send(watch, event.type, event.object);
    watches.add(watch);
    answer.once('close', () => watches.delete(watch));
  };
  const answerList = (
    resource: string,
    namespace: string | undefined,
    query: URLSearchParams,
    answer: ServerResponse,
  ) => {
    note(`list ${resource}`);
    const all = [...(kinds.get(resource)?.values() ?? [])].filter(
      ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
    );
    const from = Number(query.get('continue') ?? 0);
    const limit = Number(query.get('limit') ?? all.length) || all.length;
    const rest = all.length > from + limit ? { continue: String(from + limit) } : {};
    json(answer, 200, {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(version), ...rest },
      items: all.slice(from, from + limit),
    });
  };
  const route = (request: IncomingMessage, answer: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://api');
    const parts = url.pathname.split('/').filter((part) => part !== '');
    if (isExpired) return status(answer, 401, 'Unauthorized', 'Unauthorized');
    const resource = parts.at(-1) ?? '';
    const namespace = parts.at(-3) === 'namespaces' ? parts.at(-2) : undefined;
    const base = GROUPS[resource] ?? 'api/v1';
    if (!kinds.has(resource) || !url.pathname.startsWith(`/${base}/`))
      return status(answer, 404, 'NotFound', 'the server could not find the requested resource');
    const verb = url.searchParams.get('watch') === '1' ? 'watch' : 'list';
    if (refused.some((one) => one.resource === resource && (one.verb === verb || one.verb === '*'))) {
      const group = base.startsWith('apis/') ? (parts[1] ?? '') : '';
      const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
      return status(
        answer,
        403,
        'Forbidden',
        `${resource} is forbidden: User "operator" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
      );
    }
    if (verb === 'watch') answerWatch(resource, Number(url.searchParams.get('resourceVersion')), answer);
    else answerList(resource, namespace, url.searchParams, answer);
  };

  const server = createServer((request, answer) => {
    if (delayMs === 0) route(request, answer);
    else setTimeout(() => route(request, answer), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    put: (resource, ...objects) => {
      for (const object of objects) {
        const items = kinds.get(resource);
        const made = stamped(object);
        const type = items?.has(idOf(object)) === true ? 'MODIFIED' : 'ADDED';
        items?.set(idOf(object), made);
        change(resource, type, made);
      }
    },
    remove: (resource, object) => {
      kinds.get(resource)?.delete(idOf(object));
      change(resource, 'DELETED', stamped(object));
    },
    refuse: (...all) => {
      refused = all;
    },
    expireToken: (isNow) => {
      isExpired = isNow;
    },
    endWatches: (gone) => {
      if (gone !== undefined) oldest = ++version;
      for (const { answer } of watches) answer.end();
      watches.clear();
    },
    delay: (ms) => {
      delayMs = ms;
    },
    asked,
    came: (words) =>
      new Promise((resolve) => {
        if (asked.includes(words)) resolve();
        else waiting.set(words, [...(waiting.get(words) ?? []), resolve]);
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(answer: ServerResponse, code: number, value: object): void {
  answer.writeHead(code, { 'content-type': 'application/json' });
  answer.end(JSON.stringify(value));
}

const status = (answer: ServerResponse, code: number, reason: string, message: string): void =>
  json(answer, code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, message, code });
