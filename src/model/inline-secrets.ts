import { mask } from './command.ts';

/** What mount.cifs(8) takes among its options, and a credentials file line by line. */
const INLINE = /(?<!\w)pass(?:word2?)?=([^\s,"']+)/gi;

/** Passwords that stand in the text of a node's file, as in `username=ada,password=geheim` of a line of fstab. */
export const inlineSecrets = (...texts: readonly string[]): readonly string[] => [
  ...new Set(texts.flatMap((text) => [...text.matchAll(INLINE)].flatMap(([, secret]) => secret ?? []))),
];

/** The text with such passwords masked where they stand, and nothing else. */
export const withoutInlineSecrets = (text: string): string =>
  text.replaceAll(INLINE, (found, secret: string) => `${found.slice(0, -secret.length)}${mask(secret, [secret])}`);

/** Why options must not be taken as they are; undefined where they may. */
export function whyNoMountOptions(options: string): string | undefined {
  const [, word] = /(?<!\w)(pass(?:word2?)?=)/i.exec(options) ?? [];
  return word && `the options have "${word}", which command lines, units and fstab show to everybody`;
}
