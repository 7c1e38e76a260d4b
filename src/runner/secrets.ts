import type { RunnerMessage } from '../model/rollout-request.ts';
import type { AskSecret } from '../transport/secrets.ts';

/** Questions for passphrases, passwords and secret fields, put to whoever is attached. */
export interface SecretPost {
  readonly ask: AskSecret;
  /** Undefined when it was taken, else why not. */
  readonly answer: (id: number, text: string | undefined) => string | undefined;
  /** Somebody came: what waits is told again. */
  readonly tellAgain: () => void;
  /** Nobody is left: what waits is declined, because nothing may hang on a person who is not there. */
  readonly declineAll: () => void;
}

/** A post whose answers are never written anywhere. `isWaited` says that somebody is expected although nobody is attached yet. */
export function createSecretPost(
  tell: (message: RunnerMessage) => void,
  attached: () => number,
  isExpected: () => boolean,
): SecretPost {
  const waiting = new Map<number, { readonly message: RunnerMessage; readonly resolve: (text?: string) => void }>();
  let count = 0;
  return {
    ask: (prompt, echo) => {
      if (attached() === 0 && !isExpected()) return Promise.resolve(undefined);
      count += 1;
      const id = count;
      const message: RunnerMessage = { kind: 'secret-wanted', id, prompt, echo };
      return new Promise((resolve) => {
        waiting.set(id, { message, resolve });
        tell(message);
      });
    },
    answer: (id, text) => {
      const question = waiting.get(id);
      if (question === undefined) return 'that question has been answered already';
      waiting.delete(id);
      question.resolve(text);
      return undefined;
    },
    tellAgain: () => {
      for (const { message } of waiting.values()) tell(message);
    },
    declineAll: () => {
      for (const { resolve } of waiting.values()) resolve(undefined);
      waiting.clear();
    },
  };
}
