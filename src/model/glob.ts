/** Says whether a text is as a glob says, in which `*` stands for any characters, or none. */
export function matchesGlob(glob: string, text: string): boolean {
  const [head = "", ...tails] = glob.split("*");
  if (!text.startsWith(head)) return false;
  const last = tails.pop();
  if (last === undefined) return text === head;
  let place = head.length;
  for (const tail of tails) {
    const found = text.indexOf(tail, place);
    if (found < 0) return false;
    place = found + tail.length;
  }
  return text.length - last.length >= place && text.endsWith(last);
}
