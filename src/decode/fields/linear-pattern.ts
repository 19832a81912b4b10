/**
 * Regular expressions in linear time: whatever the pattern and whatever a device sends, a text of n characters takes no
 * more than n times the size of the pattern. What they match is what JavaScript's own would.
 *
 * All ways through the pattern are followed at once, character by character, each with what its groups have caught; of
 * two that meet, the one that JavaScript would try first goes on. Source: R. Cox, Regular Expression Matching: the
 * Virtual Machine Approach.
 */

import { type Assertion, type PatternNode, parsePattern } from "./parse-pattern.ts";
import { type CharacterSet, holdsCharacter, isWordCharacter } from "./pattern-classes.ts";

/** More than a line of a device needs; counted repetitions are written out. */
const STEPS_MAX = 2000;

type Step =
  | { readonly kind: "character"; readonly set: CharacterSet }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  /** Goes on at both; `first` is what JavaScript would try first. */
  | { readonly kind: "fork"; readonly first: number; readonly second: number }
  | { readonly kind: "jump"; readonly to: number }
  | { readonly kind: "save"; readonly slot: number }
  /** Forgets what groups caught in the round before. */
  | { readonly kind: "forget"; readonly slots: readonly number[] }
  | { readonly kind: "match" };

/** What the groups caught on one way: where each began and ended, -1 where it did not. */
type Caught = readonly number[];

/** A compiled pattern. */
export class LinearPattern {
  /** The names of its groups. */
  readonly groups: readonly string[];
  readonly #steps: Step[] = [];

  /** Compiles a pattern. Errors: a SyntaxError in words, as a phrase that fits after "found". */
  constructor(source: string) {
    const node = parsePattern(source);
    this.groups = groupsOf(node);
    const twice = this.groups.find((name, index) => this.groups.indexOf(name) !== index);
    if (twice !== undefined) throw new SyntaxError(`two groups named ${twice}`);
    this.#compile(node);
    this.#add({ kind: "match" });
  }

  /** Finds the first match in a text, and what its groups caught; undefined where there is none. */
  match(text: string): ReadonlyMap<string, string> | undefined {
    const caught = this.#run(text);
    if (caught === undefined) return undefined;
    const found = new Map<string, string>();
    for (const [index, name] of this.groups.entries()) {
      const [start = -1, end = -1] = [caught[2 * index], caught[2 * index + 1]];
      if (start >= 0 && end >= 0) found.set(name, text.slice(start, end));
    }
    return found;
  }

  #run(text: string): Caught | undefined {
    let ways = new Ways(this.#steps.length);
    let next = new Ways(this.#steps.length);
    let best: Caught | undefined;
    const nothing: Caught = new Array<number>(2 * this.groups.length).fill(-1);
    for (let at = 0; at <= text.length; at += 1) {
      if (best === undefined) this.#follow(ways, 0, nothing, text, at);
      const code = text.charCodeAt(at);
      for (const [step, caught] of ways.list) {
        const { kind, set } = this.#steps[step] as
          | Extract<Step, { readonly kind: "character" }>
          | { kind: "match"; set?: never };
        if (kind === "match") {
          best = caught;
          // Those that come after would only have been tried had this one failed.
          break;
        }
        if (at < text.length && holdsCharacter(set, code)) this.#follow(next, step + 1, caught, text, at + 1);
      }
      [ways, next] = [next, ways];
      next.clear();
      if (ways.list.length === 0 && best !== undefined) break;
    }
    return best;
  }

  /** Goes on from a step until a character is asked for, on every way that leads there. */
  #follow(ways: Ways, index: number, caught: Caught, text: string, at: number): void {
    if (!ways.enter(index)) return;
    const step = this.#steps[index] as Step;
    switch (step.kind) {
      case "jump":
        this.#follow(ways, step.to, caught, text, at);
        return;
      case "fork":
        this.#follow(ways, step.first, caught, text, at);
        this.#follow(ways, step.second, caught, text, at);
        return;
      case "save":
        this.#follow(ways, index + 1, caught.with(step.slot, at), text, at);
        return;
      case "forget":
        this.#follow(ways, index + 1, forget(caught, step.slots), text, at);
        return;
      case "assert":
        if (holds(step.assertion, text, at)) this.#follow(ways, index + 1, caught, text, at);
        return;
      default:
        ways.list.push([index, caught]);
    }
  }

  #add(step: Step): number {
    if (this.#steps.length === STEPS_MAX) throw new SyntaxError("more repetitions than a line of a device needs");
    return this.#steps.push(step) - 1;
  }

  #compile(node: PatternNode): void {
    switch (node.kind) {
      case "empty":
        return;
      case "set":
        this.#add({ kind: "character", set: node.set });
        return;
      case "assertion":
        this.#add({ kind: "assert", assertion: node.assertion });
        return;
      case "sequence":
        for (const part of node.parts) this.#compile(part);
        return;
      case "group": {
        const slot = 2 * this.groups.indexOf(node.name);
        this.#add({ kind: "save", slot });
        this.#compile(node.inner);
        this.#add({ kind: "save", slot: slot + 1 });
        return;
      }
      case "choice":
        this.#compileChoice(node.parts);
        return;
      case "repeat":
        this.#compileRepeat(node);
    }
  }

  #compileChoice(parts: readonly PatternNode[]): void {
    const jumps: number[] = [];
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const fork = isLast ? undefined : this.#reserve();
      this.#compile(part);
      if (fork === undefined) continue;
      jumps.push(this.#reserve());
      this.#steps[fork] = { kind: "fork", first: fork + 1, second: this.#steps.length };
    }
    for (const jump of jumps) this.#steps[jump] = { kind: "jump", to: this.#steps.length };
  }

  #compileRepeat(node: Extract<PatternNode, { readonly kind: "repeat" }>): void {
    const { inner, min, max, isLazy } = node;
    for (let round = 0; round < min; round += 1) this.#compileRound(inner, round > 0);
    if (max === Number.POSITIVE_INFINITY) {
      const fork = this.#reserve();
      this.#compileRound(inner, true);
      this.#add({ kind: "jump", to: fork });
      this.#steps[fork] = forkOf(fork + 1, this.#steps.length, isLazy);
      return;
    }
    const forks: number[] = [];
    for (let round = min; round < max; round += 1) {
      forks.push(this.#reserve());
      this.#compileRound(inner, round > 0);
    }
    for (const fork of forks) this.#steps[fork] = forkOf(fork + 1, this.#steps.length, isLazy);
  }

  #compileRound(inner: PatternNode, isAgain: boolean): void {
    const slots = groupsOf(inner).flatMap((name) => [2 * this.groups.indexOf(name), 2 * this.groups.indexOf(name) + 1]);
    if (isAgain && slots.length > 0) this.#add({ kind: "forget", slots });
    this.#compile(inner);
  }

  /** Takes a place for a step that is known only when what follows it is there. */
  #reserve(): number {
    return this.#add({ kind: "match" });
  }
}

function forkOf(inside: number, outside: number, isLazy: boolean): Step {
  return isLazy ? { kind: "fork", first: outside, second: inside } : { kind: "fork", first: inside, second: outside };
}

function forget(caught: Caught, slots: readonly number[]): Caught {
  const left = [...caught];
  for (const slot of slots) left[slot] = -1;
  return left;
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  if (assertion === "start") return at === 0;
  if (assertion === "end") return at === text.length;
  const isWordAt = (index: number): boolean =>
    index >= 0 && index < text.length && isWordCharacter(text.charCodeAt(index));
  return (isWordAt(at - 1) !== isWordAt(at)) === (assertion === "word-edge");
}

function groupsOf(node: PatternNode): readonly string[] {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.parts.flatMap(groupsOf);
    case "group":
      return [node.name, ...groupsOf(node.inner)];
    case "repeat":
      return groupsOf(node.inner);
    default:
      return [];
  }
}

/** The ways that stand before one character, each step at most once, in the order in which they would be tried. */
class Ways {
  readonly list: [step: number, caught: Caught][] = [];
  readonly #entered: Uint8Array;

  constructor(stepCount: number) {
    this.#entered = new Uint8Array(stepCount);
  }

  /** Says whether nobody was at a step yet. */
  enter(step: number): boolean {
    if (this.#entered[step] === 1) return false;
    this.#entered[step] = 1;
    return true;
  }

  clear(): void {
    this.list.length = 0;
    this.#entered.fill(0);
  }
}
