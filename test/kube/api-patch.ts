// The three ways to patch an object: JSON merge patch (RFC 7386), JSON patch (RFC 6902), and Kubernetes' strategic merge.

type Json = unknown;
type Fields = Record<string, Json>;

const isFields = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Applies a patch by its content type; undefined for a type or an operation that is not known. */
export function patched(object: Json, patch: Json, type: string): Json | undefined {
  if (type.startsWith('application/merge-patch+json')) return merge(object, patch, () => undefined);
  if (type.startsWith('application/strategic-merge-patch+json')) return merge(object, patch, keyOf);
  if (type.startsWith('application/json-patch+json') && Array.isArray(patch)) return jsonPatch(object, patch);
  return undefined;
}

/** Lists whose elements are known by a key of theirs; every other list is replaced. */
const keyOf = (field: string): string | undefined =>
  ({
    containers: 'name',
    initContainers: 'name',
    env: 'name',
    volumes: 'name',
    volumeMounts: 'mountPath',
    taints: 'key',
  })[field];

function merge(object: Json, patch: Json, listKey: (field: string) => string | undefined): Json {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(object) ? { ...object } : {};
  for (const [field, value] of Object.entries(patch)) {
    const key = listKey(field);
    const before = result[field];
    if (value === null) delete result[field];
    else if (key !== undefined && Array.isArray(before) && Array.isArray(value)) {
      result[field] = mergeList(before, value, key, listKey);
    } else if (!field.startsWith('$')) result[field] = merge(before, value, listKey);
  }
  return result;
}

function mergeList(
  before: readonly Json[],
  patch: readonly Json[],
  key: string,
  listKey: (field: string) => string | undefined,
): readonly Json[] {
  const result = [...before];
  for (const element of patch) {
    if (!isFields(element)) continue;
    const at = result.findIndex((one) => isFields(one) && one[key] === element[key]);
    if (element['$patch'] === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = merge(result[at], element, listKey);
    else result.push(element);
  }
  return result;
}

function jsonPatch(object: Json, operations: readonly Json[]): Json | undefined {
  const result = structuredClone(object);
  for (const operation of operations) {
    if (!isFields(operation)) return undefined;
    const path = String(operation['path'])
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = path.pop() ?? '';
    const owner = path.reduce<Json>((value, part) => (isFields(value) ? value[part] : undefined), result);
    if (!isFields(owner)) return undefined;
    if (operation['op'] === 'test') {
      if (JSON.stringify(owner[last]) !== JSON.stringify(operation['value'])) return undefined;
    } else if (operation['op'] === 'remove') delete owner[last];
    else owner[last] = operation['value'];
  }
  return result;
}
