/** Asks the person in front of the console; `undefined` when they decline. `echo` is false for what must not be seen. */
export type AskSecret = (prompt: string, echo: boolean) => Promise<string | undefined>;

/** Wraps a question so that a person sees one prompt at a time, in the order they came up. */
export function oneAtATime(ask: AskSecret): AskSecret {
  let last: Promise<unknown> = Promise.resolve();
  return (prompt, echo) => {
    const answer = last.then(() => ask(prompt, echo)).catch(() => undefined);
    last = answer;
    return answer;
  };
}
