/** What a program did to the files of one folder, in order: the recording from which power cuts are played. */

import { gunzipSync, gzipSync } from "node:zlib";

/**
 * One operation on a file, which is known by a number of its own, on a name in the folder, or on the folder itself.
 * `say` is a line that the program wrote to its standard output.
 */
export type FileOperation =
  | { readonly kind: "create"; readonly file: number; readonly name: string }
  | { readonly kind: "write"; readonly file: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "empty"; readonly file: number }
  | { readonly kind: "sync"; readonly file: number }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "unlink"; readonly name: string }
  | { readonly kind: "create-folder" }
  | { readonly kind: "sync-folder" }
  | { readonly kind: "sync-parent" }
  | { readonly kind: "say"; readonly text: string };

/** Packs a recording: a line of JSON for each operation, bytes in base64, all of it zipped. */
export function encodeRecording(operations: readonly FileOperation[]): Uint8Array {
  const lines = operations.map((operation) =>
    JSON.stringify(
      operation.kind === "write" ? { ...operation, bytes: Buffer.from(operation.bytes).toString("base64") } : operation,
    ),
  );
  return gzipSync(lines.join("\n"), { level: 9 });
}

/** Unpacks a recording. Shape: what `encodeRecording` gave. */
export function decodeRecording(bytes: Uint8Array): FileOperation[] {
  const lines = gunzipSync(bytes).toString("utf8").split("\n");
  return lines.map((line) => {
    const operation = JSON.parse(line) as FileOperation;
    if (operation.kind !== "write") return operation;
    return { ...operation, bytes: Buffer.from(String(operation.bytes), "base64") };
  });
}
