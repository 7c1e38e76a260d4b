import type { Check } from '../model/check.ts';
import type { KubeNodeState } from '../model/drain.ts';
import { ParseError } from '../model/errors.ts';
import { at, elements, type Json, text } from '../model/json.ts';
import { kubectlCheck, kubectlSentence } from '../model/kubectl.ts';
import { exitCodeOf, type Section, sections } from '../probes/text.ts';

const NAME = 'kubeNode';

/** What an answer calls the machine it was asked on. */
export const HERE = 'the node kubectl runs on';

/**
 * A node of a cluster as its API server has it now: target as `kubectlTarget` writes it, with the node's name. Answers `== node CODE` and the
 * object on one line, `== words` and what kubectl said. It asks as the login user, whose kubeconfig it is.
 */
export const kubeNode = {
  name: NAME,
  deadlineMs: 45_000,
  sh: kubectlCheck('raw node "/api/v1/nodes/$one"'),
  parse: ({ stdout, exitCode }, target): KubeNodeState => {
    const { part: node, words, because } = firstSaidIn(NAME, { stdout, exitCode }, 'node', 'get nodes');
    if (/\(NotFound\)/.test(words)) return { kind: 'none', because: `the cluster has no node ${wordOf(target)}` };
    if (because !== undefined) return { kind: 'none', because };
    const object = jsonOf(NAME, node);
    const uid = text(at(object, 'metadata', 'uid'));
    if (uid === '') throw new ParseError(NAME, node.line, node.text, 'this is no node of Kubernetes');
    const ready = elements(at(object, 'status', 'conditions')).find((each) => at(each, 'type') === 'Ready');
    return {
      kind: 'node',
      uid,
      isCordoned: at(object, 'spec', 'unschedulable') === true,
      ready: text(at(ready, 'status')) || 'Unknown',
    };
  },
} satisfies Check<'kubeNode'>;

/** The first word of a target that `kubectlTarget` wrote. */
const wordOf = (target: string): string => target.split('\n')[2] ?? '';

/** The same for what a check asks first, which must be there; `because` where kubectl failed, in the words of a sentence about what was wanted. */
export function firstSaidIn(
  name: string,
  { stdout, exitCode }: { readonly stdout: string; readonly exitCode: number },
  first: string,
  wanted: string,
): { readonly part: Section; readonly words: string; readonly because: string | undefined } {
  const answer = saidIn(name, sections(stdout), first);
  if (answer === undefined) throw new ParseError(name, 1, stdout, `kubectl could not be asked: exit code ${exitCode}`);
  const { part, code, words } = answer;
  const because = code === 0 ? undefined : kubectlSentence(words, code, { wanted, where: HERE }).because;
  return { part, words, because };
}

/** What a command of `KUBECTL_SAID` answered under a name, how it ended and what it said; undefined where the answer has no such part, or is cut. */
export function saidIn(
  name: string,
  parts: readonly Section[],
  wanted: string,
): { readonly part: Section; readonly code: number; readonly words: string } | undefined {
  const at = parts.findIndex((part) => part.name === wanted);
  const part = parts[at];
  if (part === undefined) return undefined;
  const end = parts[at + 1];
  if (end?.name !== 'end') throw new ParseError(name, part.line, part.text, 'the answer of kubectl is cut');
  return { part, code: exitCodeOf(end), words: end.text };
}

/** JSON of a section; throws where it is none. */
export function jsonOf(name: string, { text: source, line }: Section): Json {
  try {
    return JSON.parse(source);
  } catch {
    throw new ParseError(name, line, source, 'the API server answered something that is no JSON');
  }
}
