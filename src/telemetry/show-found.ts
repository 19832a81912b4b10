/** Shows what came from outside in a message, whatever it is. */

/** So much of what was found is shown. */
const SHOWN_LENGTH = 40;
const SHOWN_TOPIC_LENGTH = 200;

/** What does not print, or was no text. */
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\uFFFD]/gu;

/** Shows what was found, short, and on one line. */
export function showFound(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  if (text === "") return "nothing";
  const plain = text.slice(0, SHOWN_LENGTH).replaceAll(UNSHOWN, "?");
  return text.length > SHOWN_LENGTH ? `${plain}... (${text.length} characters)` : plain;
}

/** Shows a topic on one line. */
export function showTopic(topic: string): string {
  const plain = topic.replaceAll(UNSHOWN, "?");
  return plain.length > SHOWN_TOPIC_LENGTH ? `${plain.slice(0, SHOWN_TOPIC_LENGTH)}...` : plain;
}
