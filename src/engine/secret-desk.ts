/** Where the transport asks for passwords and passphrases, and the console answers: each question has a number. */
export interface SecretDesk {
  readonly ask: (prompt: string, echo: boolean) => Promise<string | undefined>;
  readonly answer: (id: number, text: string | undefined) => void;
  /** Sets who shows the questions; those asked before are shown at once. */
  readonly attend: (show: (wanted: SecretWanted) => void) => void;
  /** Declines everything that is open, and whatever comes. */
  readonly close: () => void;
}

/** One question for a person. */
export interface SecretWanted {
  readonly id: number;
  readonly prompt: string;
  readonly echo: boolean;
}

/** A desk nobody attends yet. */
export function createSecretDesk(): SecretDesk {
  const open = new Map<
    number,
    { readonly wanted: SecretWanted; readonly resolve: (text: string | undefined) => void }
  >();
  let lastId = 0;
  let show: ((wanted: SecretWanted) => void) | undefined;
  let isClosed = false;
  return {
    ask: (prompt, echo) =>
      new Promise((resolve) => {
        if (isClosed) return resolve(undefined);
        lastId += 1;
        const wanted = { id: lastId, prompt, echo };
        open.set(wanted.id, { wanted, resolve });
        show?.(wanted);
      }),
    answer: (id, text) => {
      open.get(id)?.resolve(text);
      open.delete(id);
    },
    attend: (attendant) => {
      show = attendant;
      for (const { wanted } of open.values()) attendant(wanted);
    },
    close: () => {
      isClosed = true;
      for (const { resolve } of open.values()) resolve(undefined);
      open.clear();
    },
  };
}
