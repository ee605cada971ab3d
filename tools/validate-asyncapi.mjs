// Validates AsyncAPI documents with the official parser: node validate-asyncapi.mjs FILE...
// Prints each finding as `FILE severity code path: message`; exits 1 when one of them is an error.
import { readFile } from "node:fs/promises";
import { DiagnosticSeverity, Parser } from "@asyncapi/parser";

const parser = new Parser();
let failed = false;
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(await readFile(file, "utf8"), { source: file });
  for (const { severity, code, path, message } of diagnostics) {
    console.log(`${file} ${DiagnosticSeverity?.[severity] ?? severity} ${code} ${path.join(".")}: ${message}`);
    failed ||= severity === 0;
  }
  failed ||= document === undefined;
}
process.exit(failed ? 1 : 0);
