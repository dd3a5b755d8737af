// The case as an ONNX file for onnxruntime: MatMulNBits and GroupQueryAttention, as exported language models have them.

import { headWidth, heads, kvHeads, layers, matrices, Random, scale, width } from './case.mjs';

/// Longest sequence that the tables of the rotation cover.
const longest = 512;
const [FLOAT, UINT8, INT32] = [1, 2, 6];

// The wire format of protocol buffers: a number with the field and the form, then the value.
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const real = (field, value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), bytes]);
};
const block = (field, content) => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.concat([content].flat());
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
};

const attribute = (name, value) =>
  Number.isInteger(value)
    ? block(5, [block(1, name), number(3, value), number(20, 2)])
    : block(5, [block(1, name), real(2, value), number(20, 1)]);

function node(kind, inputs, outputs, attributes = {}, domain = '') {
  return block(1, [
    ...inputs.map((name) => block(1, name)),
    ...outputs.map((name) => block(2, name)),
    block(3, outputs[0]),
    block(4, kind),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    block(7, domain),
  ]);
}

const tensor = (name, type, sizes, bytes) =>
  block(5, [...sizes.map((size) => number(1, size)), number(2, type), block(8, name), block(9, bytes)]);
const floats = (values) => Buffer.from(Float32Array.from(values).buffer);

function value(field, name, type, sizes) {
  const axes = sizes.map((size) => block(1, typeof size === 'string' ? block(2, size) : number(1, size)));
  return block(field, [block(1, name), block(2, block(1, [number(1, type), block(2, axes)]))]);
}

/// Layers from hidden states to hidden states, with keys and values of earlier tokens as input.
export function onnx() {
  const random = new Random(1);
  const [nodes, tensors, inputs, outputs] = [[], [], [], []];
  tensors.push(tensor('one', FLOAT, [width], floats(new Array(width).fill(1))));
  const angles = (turn) =>
    Array.from({ length: longest * (headWidth / 2) }, (_, i) => {
      const [position, k] = [Math.floor(i / (headWidth / 2)), i % (headWidth / 2)];
      return turn(position * 10000 ** ((-2 * k) / headWidth));
    });
  tensors.push(tensor('cos', FLOAT, [longest, headWidth / 2], floats(angles(Math.cos))));
  tensors.push(tensor('sin', FLOAT, [longest, headWidth / 2], floats(angles(Math.sin))));
  inputs.push(value(11, 'x', FLOAT, [1, 't', width]), value(11, 'last', INT32, [1]), value(11, 'total', INT32, [1]));

  const norm = (from, to) =>
    nodes.push(node('SimplifiedLayerNormalization', [from, 'one'], [to], { axis: -1, epsilon: 1e-6, stash_type: 1 }));
  let x = 'x';
  for (let layer = 0; layer < layers; layer += 1) {
    const at = (name) => `${name}${layer}`;
    const product = (name, from) => {
      const [, rows, columns] = matrices.find(([known]) => known === name);
      const groups = columns / 32;
      tensors.push(tensor(at(`${name}_w`), UINT8, [rows, groups, 16], random.bytes(rows * groups * 16)));
      tensors.push(tensor(at(`${name}_s`), FLOAT, [rows * groups], floats(new Array(rows * groups).fill(scale(columns)))));
      // Level 4 lets the engine round its input to 8 bits; its WASM back-end gives the same numbers at every level.
      const sizes = { K: columns, N: rows, bits: 4, block_size: 32, accuracy_level: 4 };
      nodes.push(node('MatMulNBits', [from, at(`${name}_w`), at(`${name}_s`)], [at(name)], sizes, 'com.microsoft'));
    };
    const past = [1, kvHeads, 'past', headWidth];
    for (const letter of ['key', 'value']) {
      inputs.push(value(11, at(`past_${letter}`), FLOAT, past));
      outputs.push(value(12, at(`all_${letter}`), FLOAT, [1, kvHeads, 'all', headWidth]));
    }
    norm(x, at('normal'));
    for (const name of ['q', 'k', 'v']) product(name, at('normal'));
    nodes.push(
      node(
        'GroupQueryAttention',
        [at('q'), at('k'), at('v'), at('past_key'), at('past_value'), 'last', 'total', 'cos', 'sin'],
        [at('attended'), at('all_key'), at('all_value')],
        { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 1 },
        'com.microsoft',
      ),
    );
    product('o', at('attended'));
    nodes.push(node('Add', [x, at('o')], [at('middle')]));
    norm(at('middle'), at('normal2'));
    product('gate', at('normal2'));
    product('up', at('normal2'));
    nodes.push(node('Sigmoid', [at('gate')], [at('open')]));
    nodes.push(node('Mul', [at('gate'), at('open')], [at('silu')]));
    nodes.push(node('Mul', [at('silu'), at('up')], [at('inner')]));
    product('down', at('inner'));
    nodes.push(node('Add', [at('middle'), at('down')], [at('y')]));
    x = at('y');
  }
  outputs.push(value(12, x, FLOAT, [1, 't', width]));
  const graph = [...nodes, block(2, 'layers'), ...tensors, ...inputs, ...outputs];
  const opset = (domain, version) => block(8, [block(1, domain), number(2, version)]);
  return Buffer.concat([number(1, 10), opset('', 21), opset('com.microsoft', 1), block(7, graph)]);
}

/// Name of the last hidden states.
export const result = `y${layers - 1}`;
