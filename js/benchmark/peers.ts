// Figures of others, with where they come from. Nothing here was measured on the visitor's device.

/** Milliseconds for the same four layers in three engines. */
export interface Engine {
  name: string;
  promptMs: number;
  tokenMs: number;
}

/**
 * `engines`: `tests/peers` of this project (docs/log/kernels.md, "Beside other engines"). `dispatch`: what a browser takes to encode
 * one WebGPU dispatch, and how many dispatches a token of the default model takes (docs/log/kernels.md, "Plans, cut matrices").
 */
export const PEERS = {
  engines: {
    date: '2026-11-27',
    machine: 'one core of a shared server, Chromium, CPU paths, one thread each, fastest of two turns',
    case: 'four decoder layers, 45 million weights in 4 bit: a prompt of 64 tokens, and a token',
    source: 'docs/log/kernels.md',
    figures: [
      { name: 'UniMed (CPU path)', promptMs: 622, tokenMs: 58 },
      { name: 'wllama 3.13.0 (llama.cpp)', promptMs: 4423, tokenMs: 133 },
      { name: 'onnxruntime-web 1.30.0 (WASM)', promptMs: 1433, tokenMs: 535 },
    ] satisfies Engine[],
  },
  dispatch: { leastUs: 24, mostUs: 71, dispatchesPerToken: 77, source: 'arXiv 2604.02344' },
};
