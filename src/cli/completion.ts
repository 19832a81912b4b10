/** `tidegate completion SHELL`: a script by which a shell completes commands and options, made from their table. */

import { EXIT, GatewayError } from "../model/errors.ts";
import { readArguments } from "./arguments.ts";
import { COMMANDS, type CommandEntry } from "./command-table.ts";
import type { Command } from "./commands.ts";

const SHELLS: Readonly<Record<string, () => string>> = { bash: formatBash, zsh: formatZsh, fish: formatFish };

/** Prints the script. Errors: `CLI_USAGE` for a shell it does not know. */
export const completion: Command = (argv, terminal) => {
  const [shell = ""] = readArguments(argv, 1).words;
  const format = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (format === undefined) {
    throw new GatewayError("CLI_USAGE", `expected ${Object.keys(SHELLS).join(", ")}, found "${shell}".`);
  }
  terminal.out(format());
  return Promise.resolve(EXIT.ok);
};

/** The words and options a usage line offers: small letters are typed as they are, capitals stand for something. */
function offersOf({ usage }: CommandEntry): readonly string[] {
  const [, ...words] = usage.replaceAll(/[[\]|]/gu, " ").split(/\s+/u);
  return [...new Set(words.filter((word) => /^(--)?[a-z][a-z-]*$/u.test(word)))];
}

function formatBash(): string {
  const cases = Object.entries(COMMANDS).map(([name, entry]) => `    ${name}) words="${offersOf(entry).join(" ")}" ;;`);
  return `# Use it with: source <(tidegate completion bash)
_tidegate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  if [[ $previous == --config || $previous == --output ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
    return
  fi
  if (( COMP_CWORD == 1 )); then words="${Object.keys(COMMANDS).join(" ")} help"
  else case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _tidegate tidegate
`;
}

function formatZsh(): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => `    '${name}:${quote(summary)}'`);
  const cases = Object.entries(COMMANDS).map(
    ([name, entry]) => `    ${name}) compadd -- ${offersOf(entry).join(" ")} ;;`,
  );
  return `#compdef tidegate
# Use it with: source <(tidegate completion zsh)
_tidegate() {
  local -a commands=(
${commands.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[CURRENT-1]" in
    --config|--output) _files; return ;;
  esac
  case "$words[2]" in
${cases.join("\n")}
  esac
  _files
}
compdef _tidegate tidegate
`;
}

function formatFish(): string {
  const lines = ["# Use it with: tidegate completion fish | source"];
  for (const [name, entry] of Object.entries(COMMANDS)) {
    lines.push(`complete -c tidegate -n __fish_use_subcommand -a ${name} -d '${quote(entry.summary)}'`);
    for (const offer of offersOf(entry)) {
      const option = offer.startsWith("--") ? `-l ${offer.slice(2)}` : `-a ${offer}`;
      lines.push(`complete -c tidegate -n '__fish_seen_subcommand_from ${name}' ${option}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** No summary may end the quotes it stands in, or, in zsh, the name before it. */
function quote(text: string): string {
  return text.replaceAll("'", "’").replaceAll(":", ",");
}
