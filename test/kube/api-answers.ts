// How the test API server answers each verb; refusals are in the words of the real one.
import type { ServerResponse } from 'node:http';
import type { ApiKind, ApiPath } from './api-kinds.ts';
import { groupVersion } from './api-kinds.ts';
import { patched } from './api-patch.ts';
import type { ApiStore } from './api-store.ts';
import type { KubeObject } from './objects.ts';

/** A request that was read. */
export interface Asked {
  readonly path: ApiPath;
  readonly query: URLSearchParams;
  readonly type: string;
  readonly body: string;
}

export function json(answer: ServerResponse, code: number, value: object): void {
  answer.writeHead(code, { 'content-type': 'application/json' });
  answer.end(JSON.stringify(value));
}

export const status = (answer: ServerResponse, code: number, reason: string, message: string): void =>
  json(answer, code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, message, code });

/** `daemonsets.apps`. */
export const nameOf = ({ resource, group }: ApiKind): string => (group === '' ? resource : `${resource}.${group}`);

const typed = (kind: ApiKind, object: KubeObject): KubeObject => ({
  apiVersion: groupVersion(kind),
  kind: kind.kind,
  ...object,
});

/** Whether an object is one of those that selectors of a list or watch mean. */
export function isSelected({ namespace }: ApiPath, query: URLSearchParams): (object: KubeObject) => boolean {
  const fields = termsOf(query.get('fieldSelector'));
  const labels = termsOf(query.get('labelSelector'));
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    fields.every(([path, value]) => String(path.split('.').reduce(memberOf, object as unknown) ?? '') === value) &&
    labels.every(([label, value]) => object.metadata.labels?.[label] === value);
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;

const termsOf = (selector: string | null): readonly (readonly [string, string])[] =>
  (selector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const [key = '', value = ''] = term.split(/==?/);
      return [key, value] as const;
    });

export function answerList(store: ApiStore, { path, query }: Asked, answer: ServerResponse): void {
  const all = store.all(path.kind.resource).filter(isSelected(path, query));
  const from = Number(query.get('continue') ?? 0);
  const limit = Number(query.get('limit') ?? all.length) || all.length;
  const rest = all.length > from + limit ? { continue: String(from + limit) } : {};
  json(answer, 200, {
    kind: `${path.kind.kind}List`,
    apiVersion: groupVersion(path.kind),
    metadata: { resourceVersion: String(store.version()), ...rest },
    items: all.slice(from, from + limit).map((object) => typed(path.kind, object)),
  });
}

/** Everything that is asked of one object, and what makes one. */
export function answerObject(store: ApiStore, verb: string, asked: Asked, answer: ServerResponse): void {
  const { kind, name = '', namespace } = asked.path;
  if (verb === 'create') return void create(store, asked, answer);
  const object = store.get(kind.resource, name, namespace);
  if (object === undefined) return void status(answer, 404, 'NotFound', `${nameOf(kind)} "${name}" not found`);
  if (verb === 'get') return void json(answer, 200, typed(kind, object));
  if (verb === 'delete') {
    store.remove(kind.resource, object);
    return void json(answer, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
  }
  const patch: unknown = JSON.parse(asked.body);
  const result = verb === 'update' ? patch : patched(typed(kind, object), patch, asked.type);
  if (!isObject(result)) return void status(answer, 422, 'Invalid', 'the patch cannot be applied');
  const wanted = result.metadata['resourceVersion'];
  if (wanted !== undefined && wanted !== object.metadata['resourceVersion']) {
    const words = `Operation cannot be fulfilled on ${nameOf(kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
    return void status(answer, 409, 'Conflict', words);
  }
  json(answer, 200, store.put(kind.resource, result));
}

function create(store: ApiStore, { path, body }: Asked, answer: ServerResponse): void {
  const { kind, namespace } = path;
  const made: unknown = JSON.parse(body);
  if (!isObject(made)) return void status(answer, 422, 'Invalid', 'no object');
  const { name } = made.metadata;
  if (store.get(kind.resource, name, namespace) !== undefined)
    return void status(answer, 409, 'AlreadyExists', `${nameOf(kind)} "${name}" already exists`);
  const metadata = { ...made.metadata, ...(namespace === undefined ? {} : { namespace }) };
  json(answer, 201, store.put(kind.resource, { ...made, metadata }));
}

const isObject = (value: unknown): value is KubeObject =>
  typeof value === 'object' && value !== null && 'metadata' in value;
