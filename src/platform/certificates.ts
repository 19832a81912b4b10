import { X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/gu;

/** Takes the certificates out of a text in PEM, or says in words why there are none to trust. */
export function parseCertificates(text: string): { readonly pem: string } | { readonly failure: string } {
  const blocks = text.match(BLOCK) ?? [];
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch {
      return { failure: `a certificate that cannot be read, number ${index + 1} of ${blocks.length}` };
    }
  }
  return blocks.length === 0 ? { failure: "a file without a certificate" } : { pem: `${blocks.join("\n")}\n` };
}
