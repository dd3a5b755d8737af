/**
 * A unified medical vision-language model in a web page: asks about images and makes them, on the visitor's device.
 * Research software, not for clinical use.
 *
 * @module unimed
 */

export { availability, plan, type Availability, type Plan } from './models.js';
export { load, type LoadOptions } from './load.js';
export type { LoadProgress } from './engine.js';
export type { ModelFiles } from './source.js';
export type { Model, ModelInfo, Device } from './model.js';
export type { Job } from './job.js';
export type { AskOptions, Token, Answer, AttentionMap } from './model.js';
export type { MakeSettings, MakeOptions, Step, MadeImage } from './model.js';
export type { ImageInput, Images } from './images.js';
export type { GoldenSet, VerifyOptions, Comparison, ForcedDecoding, MissedToken, Verification } from './verification.js';
export { UniMedError, type ErrorCode, type Remedy } from './errors.js';
