#!/usr/bin/env bash
# dcmjs 0.51.1 writes decimal strings (DS) of very small and very large numbers without their exponent.
#
# Why it surprises: DS takes fixed and floating point numbers of up to 16 characters (PS3.5 6.2), so 3.3333333333e-08 is possible, and
# scales are that small: 60 Gy in 32-bit numbers make a Dose Grid Scaling near 1.4e-8. JavaScript prints such a number with 17 digits and
# the exponent behind them. dcmjs cuts the text after 16 characters, so that the exponent goes and the number that is left is a valid
# one, 10^8 times too large. The console says "Truncating", as it does for 1/3, where only digits are lost.
# Seen on 2026-11-29: 1e-7/3 is written as 3.33333333333333, 1e21/3 as 3333333333333333; 1/3 as 0.33333333333333.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" dcmjs@0.51.1
cat > "$folder/write.cjs" <<'JS'
const assert = require("assert");
const { DicomDict, DicomMessage, DicomMetaDictionary } = require("dcmjs").data;

function thereAndBack(scaling) {
  const file = new DicomDict({ "00020010": { vr: "UI", Value: ["1.2.840.10008.1.2.1"] } });
  file.dict = DicomMetaDictionary.denaturalizeDataset({ _meta: {}, SOPInstanceUID: "1.2.3", DoseGridScaling: scaling });
  const written = Buffer.from(file.write());
  // Tag (3004,000E), DS, length, text.
  const start = written.indexOf(Buffer.from("04300e004453", "hex"));
  const text = written.toString("latin1", start + 8, start + 8 + written.readUInt16LE(start + 6)).trim();
  const bytes = written.buffer.slice(written.byteOffset, written.byteOffset + written.length);
  const [value] = DicomMessage.readFile(bytes).dict["3004000E"].Value;
  console.log("dcmjs 0.51.1", scaling, "written:", text, "read:", value);
  assert.equal(value, Number(text));
  return text;
}

assert.equal(thereAndBack(1 / 3), "0.33333333333333");
assert.equal(thereAndBack(1.5e-7), "1.5e-7");
const changed = "dcmjs writes these numbers in another way now";
assert.equal(thereAndBack(1e-7 / 3), "3.33333333333333", changed);
assert.equal(thereAndBack(1e21 / 3), "3333333333333333", changed);
JS
node "$folder/write.cjs"
