/** Closes a `switch` over a union: a member left out is a compile error, a value from outside the types is a fault. */
export function unreachable(value: never): never {
  throw new TypeError(`not a member of its union: ${JSON.stringify(value)}`);
}
