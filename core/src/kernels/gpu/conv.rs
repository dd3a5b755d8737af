//! Convolution of feature maps, without a matrix of patches.

use cubecl::prelude::*;

use super::unpack::Quad;

/// Output pixels of one lone invocation, side by side in a row.
pub(super) const ALONE_PIXELS: usize = 8;
/// Output channels of one lone invocation.
pub(super) const ALONE_CHANNELS: usize = 4;

/// Output pixels, and output channels, of a shared tile.
pub(super) const TILE: usize = 64;
/// Invocations of a workgroup along the channels, four each.
const UNITS_N: usize = 16;
/// Invocations along the pixels, eight each.
const UNITS_M: usize = 8;
/// Invocations of a workgroup.
pub(super) const UNITS: usize = UNITS_N * UNITS_M;
/// Products that a slice of shared memory holds of each sum.
const SLICE: usize = 32;

/// Whether a padded row or column is one of the feature map.
#[cube]
fn inside(padded: usize, before: usize, size: usize, #[comptime] doubled: bool) -> bool {
    let factor = comptime!(if doubled { 2usize } else { 1usize });
    padded >= before && padded < before + size * factor
}

/// The row or column of the feature map at a padded one that is inside.
#[cube]
fn source(padded: usize, before: usize, #[comptime] doubled: bool) -> usize {
    let factor = comptime!(if doubled { 2usize } else { 1usize });
    (padded - before) / factor
}

/// Barrier-free: every invocation computes a tile of 4 channels x 8 pixels, its sums in registers.
///
/// # Shapes
///
/// - x: `[images, c_input, height, width]`; weight: `[c_output, c_input, kernel, kernel]`; bias: `[c_output]`
/// - sum, y: `[images, c_output, out_height, out_width]`; without `add`, `sum` is not touched
#[cube(launch_unchecked)]
pub(super) fn conv_alone(
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    sum: &[f32],
    y: &mut [f32],
    images: usize,
    c_input: usize,
    height: usize,
    width: usize,
    c_output: usize,
    out_height: usize,
    out_width: usize,
    before: usize,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
    #[comptime] doubled: bool,
    #[comptime] add: bool,
) {
    let across = (out_width + comptime!(ALONE_PIXELS - 1)) / comptime!(ALONE_PIXELS);
    let down = (c_output + comptime!(ALONE_CHANNELS - 1)) / comptime!(ALONE_CHANNELS);
    let first_column = ABSOLUTE_POS % across * comptime!(ALONE_PIXELS);
    let line = ABSOLUTE_POS / across;
    let row = line % out_height;
    let tile = line / out_height;
    let first_channel = tile % down * comptime!(ALONE_CHANNELS);
    let image = tile / down;
    if image >= images {
        terminate!();
    }
    let window = comptime!((ALONE_PIXELS - 1) * stride + kernel);
    // Columns that lie outside are those of the width.
    let mut columns = Array::<usize>::new(window);
    #[unroll]
    for i in 0..window {
        let padded = first_column * stride + i;
        columns[i] = select(
            inside(padded, before, width, doubled),
            source(padded, before, doubled),
            width,
        );
    }
    let square = comptime!(kernel * kernel);
    let mut weights = Array::<usize>::new(comptime!(ALONE_CHANNELS));
    let mut sums = Array::<f32>::new(comptime!(ALONE_CHANNELS * ALONE_PIXELS));
    #[unroll]
    for n in 0..comptime!(ALONE_CHANNELS) {
        let channel = select(
            first_channel + n < c_output,
            first_channel + n,
            c_output - 1,
        );
        weights[n] = channel * c_input * square;
        #[unroll]
        for p in 0..comptime!(ALONE_PIXELS) {
            sums[comptime!(n * ALONE_PIXELS + p)] = bias[channel];
        }
    }
    for c in 0..c_input {
        let plane = (image * c_input + c) * height;
        #[unroll]
        for ky in 0..kernel {
            let padded = row * stride + ky;
            if inside(padded, before, height, doubled) {
                let first = (plane + source(padded, before, doubled)) * width;
                let mut values = Array::<f32>::new(window);
                #[unroll]
                for i in 0..window {
                    let known = columns[i] < width;
                    let column = select(known, columns[i], 0usize);
                    values[i] = select(known, x[first + column], 0.0f32);
                }
                #[unroll]
                for kx in 0..kernel {
                    #[unroll]
                    for n in 0..comptime!(ALONE_CHANNELS) {
                        let factor = weight[weights[n] + c * square + comptime!(ky * kernel + kx)];
                        #[unroll]
                        for p in 0..comptime!(ALONE_PIXELS) {
                            sums[comptime!(n * ALONE_PIXELS + p)] +=
                                factor * values[comptime!(p * stride + kx)];
                        }
                    }
                }
            }
        }
    }
    #[unroll]
    for n in 0..comptime!(ALONE_CHANNELS) {
        if first_channel + n < c_output {
            let plane = image * c_output + first_channel + n;
            let to = (plane * out_height + row) * out_width + first_column;
            #[unroll]
            for p in 0..comptime!(ALONE_PIXELS) {
                if first_column + p < out_width {
                    let mut value = sums[comptime!(n * ALONE_PIXELS + p)];
                    if comptime!(add) {
                        value += sum[to + p];
                    }
                    y[to + p] = value;
                }
            }
        }
    }
}

/// Shared: a workgroup computes 64 channels x 64 pixels, as a product of the weights with the patches (implicit GEMM). For
/// every 32 products of a sum it puts its weights and its patches into shared memory, and each invocation adds up 4
/// channels x 8 pixels from there. 16 KiB of shared memory.
///
/// Shapes as above.
#[cube(launch_unchecked)]
pub(super) fn conv_shared(
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    sum: &[f32],
    y: &mut [f32],
    images: usize,
    c_input: usize,
    height: usize,
    width: usize,
    c_output: usize,
    out_height: usize,
    out_width: usize,
    before: usize,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
    #[comptime] doubled: bool,
    #[comptime] add: bool,
) {
    let mut patches = Shared::<[Quad<f32>]>::new_slice(comptime!(SLICE * TILE / 4));
    let mut weights = Shared::<[Quad<f32>]>::new_slice(comptime!(SLICE * UNITS_N));
    let unit = UNIT_POS as usize;
    let pixels = out_height * out_width;
    let tiles = (pixels + comptime!(TILE - 1)) / comptime!(TILE);
    let down = (c_output + comptime!(TILE - 1)) / comptime!(TILE);
    let first_pixel = CUBE_POS % tiles * comptime!(TILE);
    let first_channel = CUBE_POS / tiles % down * comptime!(TILE);
    let wanted = CUBE_POS / tiles / down;
    // Workgroups beyond the last image do the last one again: a barrier must be reached by all.
    let image = select(wanted < images, wanted, images - 1);
    let length = c_input * comptime!(kernel * kernel);

    // The quad of pixels that this invocation loads, wherever it stands in the slice.
    let quad = unit % comptime!(TILE / 4);
    let mut rows = Array::<usize>::new(4usize);
    let mut columns = Array::<usize>::new(4usize);
    #[unroll]
    for i in 0..4usize {
        let at = first_pixel + quad * 4 + i;
        let pixel = select(at < pixels, at, pixels - 1);
        rows[i] = pixel / out_width * stride;
        columns[i] = pixel % out_width * stride;
    }
    // This invocation's share of the tile.
    let share_n = unit % comptime!(UNITS_N);
    let share_m = unit / comptime!(UNITS_N);
    let mut sums = Array::<Quad<f32>>::new(8usize);
    #[unroll]
    for i in 0..8usize {
        sums[i] = Quad::<f32>::new(0.0f32);
    }
    for slice in range_stepped(0usize, length, comptime!(SLICE)) {
        // Not unrolled and without branches: compilers of software adapters take minutes over those.
        for i in 0..comptime!(SLICE * TILE / 4 / UNITS) {
            let at = unit / comptime!(TILE / 4) + i * comptime!(UNITS * 4 / TILE);
            let product = slice + at;
            let c = product / comptime!(kernel * kernel);
            let ky = product % comptime!(kernel * kernel) / kernel;
            let kx = product % kernel;
            let plane = (image * c_input + c) * height;
            let mut values = Quad::<f32>::new(0.0f32);
            #[unroll]
            for p in 0..4usize {
                let (down, across) = (rows[p] + ky, columns[p] + kx);
                let known = product < length
                    && inside(down, before, height, doubled)
                    && inside(across, before, width, doubled);
                let row = plane + source(down, before, doubled);
                let from = select(known, row * width + source(across, before, doubled), 0usize);
                values.insert(p, select(known, x[from], 0.0f32));
            }
            patches[at * comptime!(TILE / 4) + quad] = values;
        }
        let at = unit % comptime!(SLICE);
        let product = select(slice + at < length, slice + at, length - 1);
        for i in 0..comptime!(SLICE * UNITS_N / UNITS) {
            let channels = unit / comptime!(SLICE) + i * comptime!(UNITS / SLICE);
            let mut values = Quad::<f32>::new(0.0f32);
            #[unroll]
            for n in 0..4usize {
                let wanted = first_channel + channels * 4 + n;
                let channel = select(wanted < c_output, wanted, c_output - 1);
                values.insert(n, weight[channel * length + product]);
            }
            weights[at * comptime!(UNITS_N) + channels] = values;
        }
        sync_cube();
        for at in 0..comptime!(SLICE) {
            let factors = weights[at * comptime!(UNITS_N) + share_n];
            #[unroll]
            for quad in 0..2usize {
                let patch = patches[at * comptime!(TILE / 4) + share_m * 2 + quad];
                #[unroll]
                for p in 0..4usize {
                    sums[comptime!(quad * 4 + p)] += factors * Quad::<f32>::new(patch.extract(p));
                }
            }
        }
        sync_cube();
    }
    if wanted < images {
        #[unroll]
        for n in 0..4usize {
            let channel = first_channel + share_n * 4 + n;
            if channel < c_output {
                let to = (image * c_output + channel) * pixels;
                #[unroll]
                for p in 0..8usize {
                    let pixel = first_pixel + share_m * 8 + p;
                    if pixel < pixels {
                        let mut value = sums[p].extract(n) + bias[channel];
                        if comptime!(add) {
                            value += sum[to + pixel];
                        }
                        y[to + pixel] = value;
                    }
                }
            }
        }
    }
}
