// The case that all engines run: four decoder layers with 4-bit matrices in groups of 32, 45 million weights, and the
// random numbers that they are made of.

export const layers = 4;
export const width = 1024;
export const hidden = 2816;
export const heads = 16;
export const kvHeads = 4;
export const headWidth = width / heads;
export const vocabulary = 1024;
/// Tokens of the prompt, and tokens that are decoded after it.
export const prompt = 64;
export const decoded = 32;

/// Matrices of a layer: name, rows (outputs), columns (inputs).
export const matrices = [
  ['q', width, width],
  ['k', kvHeads * headWidth, width],
  ['v', kvHeads * headWidth, width],
  ['o', width, width],
  ['gate', hidden, width],
  ['up', hidden, width],
  ['down', width, hidden],
];

export const weights = layers * matrices.reduce((sum, [, rows, columns]) => sum + rows * columns, 0);

/// Numbers that repeat: SplitMix32.
export class Random {
  constructor(seed) {
    this.state = seed | 0;
  }

  /// 32 bits.
  next() {
    this.state = (this.state + 0x9e3779b9) | 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /// Random bytes, as many as four divides.
  bytes(count) {
    const words = new Uint32Array(count / 4);
    for (let i = 0; i < words.length; i += 1) words[i] = this.next();
    return Buffer.from(words.buffer);
  }
}

/// The scale by which evenly spread 4-bit values keep the size of what they multiply.
export const scale = (columns) => 1 / (4.64 * Math.sqrt(columns));

/// A 16-bit float of a positive number that is neither very small nor very large.
export function half(value) {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0];
  return (((bits >>> 23) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}
