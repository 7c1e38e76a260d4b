/** A name of the inventory, e.g. `gpu01` or `nfs-a.example.org`. Letters, digits, `.`, `_`, `-`; it ends up in keys, files and messages. */
export type NodeName = string & { readonly __brand: 'NodeName' };

/** An absolute path on a node, as the kernel has it after unescaping; it may hold every byte except NUL, so it is never a shell word by itself. */
export type AbsolutePath = string & { readonly __brand: 'AbsolutePath' };

/** A block device path such as `/dev/nvme0n1`. Kernel names move between boots; identity is serial, wwn or by-id. */
export type DevicePath = string & { readonly __brand: 'DevicePath' };

const NODE_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/;

/** The reason a text cannot name a node, or undefined when it can. */
export function whyNotNodeName(text: string): string | undefined {
  return NODE_NAME.test(text)
    ? undefined
    : 'a node name has 1-253 letters, digits, ".", "_" or "-" and starts and ends with none of ".-"';
}

/** Checks and brands a node's name; throws a `RangeError` that quotes what was wrong. */
export function nodeName(text: string): NodeName {
  const because = whyNotNodeName(text);
  if (because !== undefined) throw new RangeError(`${JSON.stringify(text)}: ${because}`);
  return text as NodeName;
}

/** Checks and brands an absolute path; throws a `RangeError` for a relative one or one with a NUL byte. */
export function absolutePath(text: string): AbsolutePath {
  if (!text.startsWith('/') || text.includes('\0'))
    throw new RangeError(`${JSON.stringify(text)}: not an absolute path`);
  return text as AbsolutePath;
}

/** Checks and brands a device path; throws a `RangeError` for anything outside `/dev`. */
export function devicePath(text: string): DevicePath {
  if (!/^\/dev\/[^\0]+$/.test(text)) throw new RangeError(`${JSON.stringify(text)}: not a device path`);
  return text as DevicePath;
}
