// Messages of the workers, as the crate `protocol` defines them: JSON text, followed by buffers that the text names by
// their places. Only what this package sends and hears is here.

import type { Remedy } from './errors.js';

/** What every worker says. */
export type FromWorker<Event> = 'ready' | { failed: { detail: string } } | { requests: unknown[] } | { event: Event };

export interface UserError {
  what: string;
  advice: string;
  remedy: Remedy;
}

export interface Picture {
  width: number;
  height: number;
  buffer: number;
}

export interface AskSettings {
  temperature: number | null;
  seed: number;
  max_tokens: number;
  gaze: boolean;
}

export interface PaintSettings {
  width: number;
  height: number;
  steps: number;
  cfg_text: number;
  cfg_image: number;
  seed: number;
  preview_every: number;
}

export interface ModelCard {
  name: string;
  licence: string;
  parameters: number;
  bytes: number;
  sees_px: number;
  paints_px: number;
  paint_multiple_px: number;
  paint_range_px: [number, number];
  ask: AskSettings;
  paint: PaintSettings;
  edit: PaintSettings;
  counterfactual: { begins: string[]; settings: PaintSettings } | null;
  hash: string;
}

export interface DeviceCard {
  compute: 'cpu' | 'gpu';
  name: string;
  software: boolean;
  other_adapter: string | null;
  why: string;
  kernels: string;
  memory: { held_bytes: number; planned_bytes: number } | null;
}

export type ModelSource = { url: string } | { folder: string };

export type AskPart = { image: Picture } | { text: string };

export type ToEngine =
  | {
      start: {
        model: ModelSource;
        page_url: string;
        device: 'auto' | 'cpu' | 'gpu';
        kernels: 'measured';
        measured: Record<string, string>;
      };
    }
  | { ask: { job: number; parts: AskPart[]; settings: AskSettings } }
  | { paint: { job: number; images: Picture[]; prompt: string; settings: PaintSettings } }
  | { verify: { job: number; files: Record<string, number>; form: 'floats' | 'q8' | 'q4' } }
  | { cancel: { job: number } };

export interface Comparison {
  name: string;
  max_abs: number | null;
  relative_l2: number | null;
  tolerance: string;
  share: number | null;
  pass: boolean;
  why: string | null;
  forced: {
    agreed: number;
    predicted: number;
    misses: { place: string; gap: number; margin: number | null; error: number | null }[];
  } | null;
}

export type FromEngine =
  | { measured: { adapter: string; record: string } }
  | { device: DeviceCard }
  | { loading: { done_bytes: number; total_bytes: number; phase: string } }
  | { ready: ModelCard }
  | { 'start-failed': UserError }
  | { token: { job: number; text: string; index: number; probability: number } }
  | {
      answered: {
        job: number;
        text: string;
        tokens: number;
        prefill_ms: number;
        decode_ms: number;
        stopped: boolean;
        attention: { rows: number; columns: number; weights: number[] }[];
      };
    }
  | { step: { job: number; step: number; steps: number; preview: Picture | null } }
  | { painted: { job: number; picture: Picture; steps: number; seed: number; paint_ms: number; stopped: boolean } }
  | { compared: { job: number; comparison: Comparison } }
  | { verified: { job: number; passed: number; failed: number; skipped: number } }
  | { stopped: { job: number } }
  | { failed: { job: number; user_error: UserError } };

/** What can happen to one job. */
export type JobEvent = Extract<FromEngine, Record<string, { job: number }>>;

export type ToModels = { open: { default: ModelSource; page_url: string } };

export interface ModelRequirements {
  licence: string;
  bytes: number;
  kept_bytes: number;
  memory: { ask_bytes: number; paint_bytes: number; paint_px: number; available_bytes: number | null; fits: boolean | null } | null;
}

export interface ModelList {
  entries: { place: ModelSource | { kept: string }; name: string; needs: ModelRequirements | null; user_error: UserError | null }[];
}

export type ToDecoder = { open: { batch: number; names: string[]; skip: number[] } };

export type FromDecoder =
  | { reading: { batch: number; file: number; name: string; bytes: number } }
  | { assembling: { batch: number; bytes: number } }
  | { series: { batch: number; info: string; shown: Picture; frames: number } }
  | { failed: { batch: number; user_error: UserError } }
  | { done: { batch: number } };

/** A look-up table as DICOM stores it. */
export interface Table {
  name: string;
  first: number;
  bits: number;
  values: number[];
}

/** A window, or a table in its place. */
export type Voi =
  | { Window: { name: string; center: number; width: number; function: 'Linear' | 'LinearExact' | 'Sigmoid' } }
  | { Table: Table };

/** What the decoder knows of a series: that part of `SeriesInfo` of the crate `imaging` which the viewer's element needs. */
export interface SeriesInfo {
  name: string;
  modality: string;
  width: number;
  height: number;
  kind: 'U8' | 'U16' | 'I16' | 'F32' | 'F64' | 'Rgb8';
  slices: number;
  times: number;
  rescale: { Linear: { slope: number; intercept: number } } | { Table: Table };
  unit: string;
  voi: Voi[];
  range: [number | null, number | null];
  frames: {
    voi: Voi[];
    spacing: { row_mm: number; column_mm: number } | null;
    pixel_aspect: [number, number] | null;
    invert: boolean;
  }[];
  notes: string[];
}
