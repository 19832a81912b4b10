/** What the YAML parser stumbles over, in words for someone who does not know YAML. */

import { type Document, isCollection, isScalar, visit, type YAMLError } from "yaml";
import type { Complaint } from "./problems.ts";

/** A complaint and where it is about, counted in characters from the start of the text. */
export interface PlacedComplaint {
  readonly offset: number;
  readonly complaint: Complaint;
}

const ALIAS_COMPLAINT: Complaint = {
  found: "a value that starts with * or &",
  expected: "a plain value",
  hint: "Put the value in quotes; a bare * refers to an anchor written &name above it.",
};

const UNCLOSED_QUOTE: Complaint = {
  found: "a quote that is never closed",
  expected: "a second quote",
  hint: "Close the quote on its line.",
};

const UNCLOSED_BRACKET: Complaint = {
  found: "a bracket that is never closed",
  expected: "a comma between entries and a closing bracket",
  hint: "Complete it, or write one entry for each line instead.",
};

const UNQUOTED_REFERENCE: Complaint = {
  found: "a reference within brackets",
  expected: "its text in quotes",
  hint: "Put quotes around the whole text, from before the $ to behind the }.",
};

/**
 * Describes a mistake of YAML. Built from the code and never from the parser's own message, which may quote the file
 * and with it a key.
 */
export function describeYamlError(error: YAMLError, document: Document, text: string): PlacedComplaint {
  const offset = error.pos[0];
  const isAboutFlow = error.message.startsWith("Flow ");
  if (error.code === "MISSING_CHAR" && error.message.includes("quote")) {
    return { offset: startOfUnclosed(document, offset), complaint: UNCLOSED_QUOTE };
  }
  if (isAboutFlow && (error.code === "MISSING_CHAR" || error.code === "BAD_INDENT")) {
    return { offset: startOfUnclosed(document, offset), complaint: UNCLOSED_BRACKET };
  }
  return { offset, complaint: complainOf(error, text) };
}

/** Describes why anchors could not be followed: one that is referred to is missing, or they unfold without end. */
export function describeAliasError(document: Document): PlacedComplaint {
  let dangling: number | undefined;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) dangling ??= alias.range?.[0];
    },
  });
  if (dangling !== undefined) return { offset: dangling, complaint: ALIAS_COMPLAINT };
  const complaint = {
    found: "anchors that unfold into too much",
    expected: "at most 100 uses of anchors",
    hint: "Write the repeated parts out.",
  };
  return { offset: 0, complaint };
}

/** The parser notices only at the end of the text that something was left open; a reader wants its beginning. */
function startOfUnclosed(document: Document, end: number): number {
  let start = end;
  visit(document, {
    Node: (_, node) => {
      const isQuoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
      const isFlow = isCollection(node) && node.flow === true;
      const [from = 0, , to = 0] = node.range ?? [];
      if ((isQuoted || isFlow) && from < end && to >= end) start = from;
    },
  });
  return start;
}

function complainOf(error: YAMLError, text: string): Complaint {
  switch (error.code) {
    case "DUPLICATE_KEY":
      return {
        found: `the key ${keyAt(text, error.pos[0])} a second time`,
        expected: "each key once",
        hint: "Delete one of the two; which of them would count is anyone's guess.",
      };
    case "TAB_AS_INDENT":
      return {
        found: "a tab",
        expected: "spaces",
        hint: "Replace the tab by two spaces; YAML allows no tabs before a key.",
      };
    case "BAD_INDENT":
      return {
        found: "a line that does not line up with those above it",
        expected: "the keys of one level in the same column",
        hint: "Move the line left or right; two spaces for each level.",
      };
    case "MULTIPLE_DOCS":
      return { found: "a second document", expected: "one document in a file", hint: "Delete the line `---`." };
    case "BAD_SCALAR_START":
      return {
        found: `a value that starts with ${text[error.pos[0]] ?? "a reserved character"}`,
        expected: "a letter, a digit or a quote",
        hint: "Put the whole value in quotes.",
      };
    case "BLOCK_AS_IMPLICIT_KEY":
      return complainOfNesting(text, error.pos[0]);
    case "MULTILINE_IMPLICIT_KEY":
      return {
        found: "a line that is neither `key: value` nor an entry of a list",
        expected: "`key: value`",
        hint: "Put a colon and a space between key and value.",
      };
    case "BAD_ALIAS":
    case "ALIAS_PROPS":
    case "MULTIPLE_ANCHORS":
      return ALIAS_COMPLAINT;
    case "TAG_RESOLVE_FAILED":
    case "MULTIPLE_TAGS":
      return {
        found: "a value that starts with !",
        expected: "a plain value",
        hint: "Put the value in quotes; a bare ! would name a type.",
      };
    case "MISSING_CHAR":
      if (lineAt(text, error.pos[0]).includes("${")) return UNQUOTED_REFERENCE;
      return {
        found: "a line without a colon",
        expected: "`key: value`",
        hint: "Put a colon and a space between key and value.",
      };
    default:
      return {
        found: "something that is no YAML",
        expected: "`key: value`, or `- ` before an entry of a list",
        hint: "Look at this line and the one above it for a missing colon, quote, bracket or space.",
      };
  }
}

/** A key inside of a value: a second one on the same line, or a line below that is indented too far. */
function complainOfNesting(text: string, offset: number): Complaint {
  const restOfLine = text.slice(offset).split("\n", 1)[0] ?? "";
  if (/: |:$/u.test(restOfLine)) {
    return {
      found: "a second `key: value` on one line",
      expected: "one `key: value` for each line",
      hint: "Begin a new line before the second key, or put the value in quotes if the colon belongs to it.",
    };
  }
  return {
    found: "a value, and below it a line that is indented further",
    expected: "the keys of one level in the same column",
    hint: "Move the line below to the left, under the key it belongs beside.",
  };
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return text.slice(start).split("\n", 1)[0] ?? "";
}

function keyAt(text: string, offset: number): string {
  return /^["']?([\w.-]+)/u.exec(text.slice(offset, offset + 80))?.[1] ?? "of this line";
}
