// What the test API server keeps: objects by kind, their versions, and whoever watches them.
import type { KubeObject } from './objects.ts';

/** One change, as a watch tells it. */
export interface ApiEvent {
  readonly at: number;
  readonly resource: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

export interface ApiStore {
  readonly has: (resource: string) => boolean;
  readonly version: () => number;
  /** Versions before this one are too old to watch from. */
  readonly oldest: () => number;
  readonly expire: () => void;
  readonly all: (resource: string) => readonly KubeObject[];
  readonly get: (resource: string, name: string, namespace?: string) => KubeObject | undefined;
  /** Puts an object in or in place of another, under a new version; a changed `spec` counts its generation up. */
  readonly put: (resource: string, object: KubeObject) => KubeObject;
  readonly remove: (resource: string, object: KubeObject) => void;
  readonly since: (resource: string, version: number) => readonly ApiEvent[];
  /** Calls for every change from now on; the answer ends it. */
  readonly listen: (tell: (event: ApiEvent) => void) => () => void;
}

const idOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** Keeps objects of these kinds. */
export function createApiStore(resources: readonly string[]): ApiStore {
  const kinds = new Map(resources.map((name) => [name, new Map<string, KubeObject>()]));
  const history: ApiEvent[] = [];
  const ears = new Set<(event: ApiEvent) => void>();
  let version = 100;
  let oldest = 0;
  const tell = (event: ApiEvent) => {
    history.push(event);
    for (const ear of [...ears]) ear(event);
  };
  return {
    has: (resource) => kinds.has(resource),
    version: () => version,
    oldest: () => oldest,
    expire: () => {
      oldest = ++version;
    },
    all: (resource) => [...(kinds.get(resource)?.values() ?? [])],
    get: (resource, name, namespace = '') => kinds.get(resource)?.get(`${namespace}/${name}`),
    put: (resource, object) => {
      const items = kinds.get(resource);
      const before = items?.get(idOf(object));
      const made = stamped(object, before, ++version);
      items?.set(idOf(object), made);
      tell({ at: version, resource, type: before === undefined ? 'ADDED' : 'MODIFIED', object: made });
      return made;
    },
    remove: (resource, object) => {
      kinds.get(resource)?.delete(idOf(object));
      version += 1;
      const metadata = { ...object.metadata, resourceVersion: String(version) };
      tell({ at: version, resource, type: 'DELETED', object: { ...object, metadata } });
    },
    since: (resource, from) => history.filter((event) => event.resource === resource && event.at > from),
    listen: (ear) => {
      ears.add(ear);
      return () => ears.delete(ear);
    },
  };
}

function stamped(object: KubeObject, before: KubeObject | undefined, version: number): KubeObject {
  const isSame = (part: string): boolean =>
    before !== undefined && JSON.stringify(before[part]) === JSON.stringify(object[part]);
  const old = Number(before?.metadata['generation'] ?? 0);
  const generation = object['spec'] === undefined ? {} : { generation: isSame('spec') ? Math.max(1, old) : old + 1 };
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  // What is put in before a test begins has been there for long.
  const isOld = before === undefined && object.metadata['creationTimestamp'] !== undefined;
  const managed =
    object['data'] === undefined || isOld || isSame('data')
      ? {}
      : { managedFields: [{ manager: 'kubectl', operation: 'Update', time, fieldsV1: { 'f:data': {} } }] };
  const metadata = { ...object.metadata, ...generation, ...managed, resourceVersion: String(version) };
  return { ...object, metadata };
}
