import { isRecord } from '../record.ts';
import { VAULTED } from '../yaml-value.ts';
import type { HostScope } from './scope.ts';

/** A template's value, or the part of it that is not understood here and so is never guessed. */
export type Resolved =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'unresolved'; readonly expression: string };

/** Variables that mean one another end after so many steps. */
const DEEPEST_TEMPLATE = 20;

/** What `hostvars`, `hostvars['x']` and `groups` stand for while an expression is read. */
const HOSTVARS = Symbol('hostvars');
const GROUPS = Symbol('groups');
interface HostReference {
  readonly hostReference: string;
}

/**
 * A value as one host sees it: `{{ name }}`, `{{ a.b['c'][0] }}`, `{{ hostvars['x'].y }}`, `{{ groups['g'] | first }}`, also within
 * text. Everything else of Jinja is unresolved.
 */
export function resolve(value: unknown, host: string, scope: HostScope, depth = 0): Resolved {
  if (value === VAULTED) return { kind: 'unresolved', expression: 'a vaulted value' };
  if (typeof value !== 'string' || !/\{[{%]/.test(value)) return { kind: 'ok', value };
  if (depth > DEEPEST_TEMPLATE || value.includes('{%')) return { kind: 'unresolved', expression: value };

  const whole = /^\s*\{\{([^{}]*)\}\}\s*$/.exec(value);
  if (whole !== null) return evaluate(whole[1] ?? '', host, scope, depth);
  let failed: string | undefined;
  const text = value.replaceAll(/\{\{(.*?)\}\}/g, (_, expression: string) => {
    const part = evaluate(expression, host, scope, depth);
    if (part.kind === 'unresolved' || typeof part.value === 'object') failed ??= expression.trim();
    return part.kind === 'ok' ? String(part.value) : '';
  });
  return failed === undefined && !text.includes('{{')
    ? { kind: 'ok', value: text }
    : { kind: 'unresolved', expression: failed ?? value };
}

/** A value with every template within it resolved; unresolved if any is. */
export function resolveDeep(value: unknown, host: string, scope: HostScope, depth = 0): Resolved {
  if (depth > DEEPEST_TEMPLATE) return { kind: 'unresolved', expression: 'a value nested too deeply' };
  const outer = resolve(value, host, scope);
  if (outer.kind === 'unresolved') return outer;
  if (Array.isArray(outer.value)) {
    const items = outer.value.map((item) => resolveDeep(item, host, scope, depth + 1));
    return (
      items.find(({ kind }) => kind === 'unresolved') ?? {
        kind: 'ok',
        value: items.map((item) => (item.kind === 'ok' ? item.value : undefined)),
      }
    );
  }
  if (!isRecord(outer.value)) return outer;
  const entries = Object.entries(outer.value).map(
    ([key, item]) => [key, resolveDeep(item, host, scope, depth + 1)] as const,
  );
  const wrong = entries.find(([, item]) => item.kind === 'unresolved');
  if (wrong !== undefined) return wrong[1];
  return {
    kind: 'ok',
    value: Object.fromEntries(entries.map(([key, item]) => [key, item.kind === 'ok' ? item.value : undefined])),
  };
}

type Token = { readonly kind: 'name' | 'text' | 'number' | 'sign'; readonly text: string };

function evaluate(expression: string, host: string, scope: HostScope, depth: number): Resolved {
  const tokens = tokensOf(expression);
  const reader = { tokens, at: 0, host, scope, depth };
  const value = tokens === undefined ? undefined : readExpression(reader);
  const isWhole = tokens !== undefined && reader.at === tokens.length;
  const isPlain =
    value !== undefined && value !== VAULTED && value !== HOSTVARS && value !== GROUPS && !isReference(value);
  return isWhole && isPlain ? { kind: 'ok', value } : { kind: 'unresolved', expression: expression.trim() };
}

function tokensOf(expression: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const pattern = /\s*(?:([A-Za-z_]\w*)|'([^'\\]*)'|"([^"\\]*)"|(\d{1,9})|([.[\]|()]))/y;
  const text = expression.trimEnd();
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const [, name, single, double, number, sign] = match;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'text', text: single ?? double ?? '' });
  }
  return tokens;
}

interface Reader {
  readonly tokens: readonly Token[] | undefined;
  at: number;
  readonly host: string;
  readonly scope: HostScope;
  readonly depth: number;
}

const isSign = (reader: Reader, sign: string): boolean =>
  reader.tokens?.[reader.at]?.kind === 'sign' && reader.tokens[reader.at]?.text === sign;

/** A value with its filters; only `first` and `last` are known. Undefined: not understood. */
function readExpression(reader: Reader): unknown {
  let value = readPostfix(reader);
  while (value !== undefined && isSign(reader, '|')) {
    const filter = reader.tokens?.[reader.at + 1]?.text;
    if (!Array.isArray(value) || (filter !== 'first' && filter !== 'last')) return undefined;
    value = filter === 'first' ? value[0] : value.at(-1);
    reader.at += 2;
  }
  return value;
}

/** A name, text or number with `.name` and `[index]` behind it. */
function readPostfix(reader: Reader): unknown {
  let value = readPrimary(reader);
  while (value !== undefined) {
    if (isSign(reader, '.')) {
      const name = reader.tokens?.[reader.at + 1];
      if (name?.kind !== 'name') return undefined;
      reader.at += 2;
      value = member(value, name.text, reader);
    } else if (isSign(reader, '[')) {
      reader.at++;
      const index = readExpression(reader);
      if (!isSign(reader, ']')) return undefined;
      reader.at++;
      value = typeof index === 'string' || typeof index === 'number' ? member(value, index, reader) : undefined;
    } else break;
  }
  return value;
}

function readPrimary(reader: Reader): unknown {
  const token = reader.tokens?.[reader.at++];
  switch (token?.kind) {
    case 'text':
      return token.text;
    case 'number':
      return Number(token.text);
    case 'name':
      return variable(token.text, reader.host, reader);
    case 'sign': {
      if (token.text !== '(') return undefined;
      const inner = readExpression(reader);
      if (!isSign(reader, ')')) return undefined;
      reader.at++;
      return inner;
    }
    case undefined:
      return undefined;
  }
}

function variable(name: string, host: string, { scope, depth }: Reader): unknown {
  switch (name) {
    case 'hostvars':
      return HOSTVARS;
    case 'groups':
      return GROUPS;
    case 'inventory_hostname':
      return host;
    case 'inventory_hostname_short':
      return host.split('.')[0];
    case 'group_names':
      return scope.groupsOf(host);
    default: {
      const resolved = resolve(scope.lookup(host, name), host, scope, depth + 1);
      return resolved.kind === 'ok' ? resolved.value : undefined;
    }
  }
}

function member(value: unknown, index: string | number, reader: Reader): unknown {
  const { host, scope, depth } = reader;
  if (value === HOSTVARS)
    return typeof index === 'string' && scope.tree.hosts.has(index) ? { hostReference: index } : undefined;
  if (value === GROUPS)
    return typeof index === 'string' && (index === 'all' || scope.tree.groups.has(index))
      ? scope.hostsOf(index)
      : undefined;
  if (isReference(value)) return typeof index === 'string' ? variable(index, value.hostReference, reader) : undefined;
  const found = Array.isArray(value)
    ? value[Number(index)]
    : isRecord(value) && Object.hasOwn(value, index)
      ? value[index]
      : undefined;
  const resolved = resolve(found, host, scope, depth + 1);
  return resolved.kind === 'ok' ? resolved.value : undefined;
}

const isReference = (value: unknown): value is HostReference =>
  isRecord(value) && Object.hasOwn(value, 'hostReference') && Object.keys(value).length === 1;
