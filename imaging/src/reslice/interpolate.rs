//! Slices whose pixels lie between voxels.

use super::{Part, Source};
use crate::plane::{Lattice, within};
use std::ops::Range;

/// A coordinate this near to a voxel's centre is on it, so that rounding reads no neighbour.
const ON_IT: f64 = 1e-6;

/// Where a pixel lies among the voxels, held within their centres.
#[derive(Debug, Clone, Copy)]
struct SamplePoint {
    /// The voxel before it along each axis.
    base: [usize; 3],
    /// How far it is towards the next voxel, 0 to 1.
    share: [f64; 3],
}

/// What the pixels between two slices of the volume need.
#[derive(Debug, Clone, Default)]
struct Layer {
    /// First and last column and row, of all pixels; empty where there are no pixels.
    columns: Range<usize>,
    rows: Range<usize>,
    /// Whether the next slice is needed as well.
    next: bool,
}

impl Layer {
    fn take(&mut self, point: &SamplePoint) {
        let grown = |range: &Range<usize>, axis: usize| {
            let first = point.base[axis];
            let end = first + 1 + usize::from(point.share[axis] > 0.0);
            if range.is_empty() {
                first..end
            } else {
                range.start.min(first)..range.end.max(end)
            }
        };
        self.columns = grown(&self.columns, 0);
        self.rows = grown(&self.rows, 1);
        self.next |= point.share[2] > 0.0;
    }
}

/// A part of a slice of the volume that was read.
struct Piece {
    frame: usize,
    part: Part,
    channels: usize,
    numbers: Vec<f64>,
}

impl Piece {
    /// Whether no number is missing.
    fn is_whole(&self) -> bool {
        self.numbers.len() == self.part.pixels() * self.channels
    }

    /// Where the numbers of a pixel begin, by its column and row in the frame.
    fn at(&self, column: usize, row: usize) -> usize {
        let (column, row) = (column - self.part.columns.start, row - self.part.rows.start);
        (row * self.part.columns.len() + column) * self.channels
    }
}

/// Interpolates from the eight voxels around each pixel. The slices of the volume are visited in their order, and two
/// parts are held at a time.
pub(super) fn slice(
    source: &Source<'_>,
    read: &mut dyn FnMut(usize, &Part) -> Vec<f64>,
) -> Vec<f64> {
    let plane = source.plane;
    let lattice = plane.lattice();
    let point = |pixel: usize| {
        let (x, y) = (pixel % plane.width, pixel / plane.width);
        point(source, &lattice, x, y)
    };
    let pixels = plane.width * plane.height;
    let slices = plane.size[2];
    // Pixels by the slice of the volume that they come after; those outside of the volume last.
    let mut layers = vec![Layer::default(); slices];
    let mut ends = vec![0_usize; slices + 2];
    let mut after = Vec::with_capacity(pixels);
    for pixel in 0..pixels {
        let layer = match point(pixel) {
            Some(point) => {
                layers[point.base[2]].take(&point);
                point.base[2]
            }
            None => slices,
        };
        ends[layer + 1] += 1;
        after.push(layer as u32);
    }
    for k in 0..=slices {
        ends[k + 1] += ends[k];
    }
    let mut order = vec![0_u32; pixels];
    let mut filled = ends.clone();
    for (pixel, layer) in after.into_iter().enumerate() {
        let place = &mut filled[layer as usize];
        order[*place] = pixel as u32;
        *place += 1;
    }

    let mut out = vec![source.outside; pixels * source.channels];
    let mut fetch = |frame: usize| {
        let part = needed(&layers, frame);
        Piece {
            frame,
            numbers: read(frame, &part),
            channels: source.channels,
            part,
        }
    };
    let mut held: Option<Piece> = None;
    for k in 0..slices {
        let here = &order[ends[k]..ends[k + 1]];
        if here.is_empty() {
            continue;
        }
        let piece = held.take().filter(|piece| piece.frame == k);
        let piece = piece.unwrap_or_else(|| fetch(k));
        let next = layers[k].next.then(|| fetch(k + 1));
        let pieces = [Some(&piece), next.as_ref()];
        let plain = !source.has_holes && pieces.iter().flatten().all(|piece| piece.is_whole());
        for &pixel in here {
            let Some(point) = point(pixel as usize) else {
                continue;
            };
            let at = pixel as usize * source.channels;
            let out = &mut out[at..at + source.channels];
            if plain {
                mix_plain(source, &point, pieces, out);
            } else {
                mix(source, &point, pieces, out);
            }
        }
        held = next;
    }
    out
}

/// Where a pixel of the slice lies; `None` outside of the volume.
fn point(source: &Source<'_>, lattice: &Lattice, x: usize, y: usize) -> Option<SamplePoint> {
    let voxel = lattice.at(source.slice, x, y);
    let (mut base, mut share) = ([0; 3], [0.0; 3]);
    for axis in 0..3 {
        let count = source.plane.size[axis];
        if !within(voxel[axis], count) {
            return None;
        }
        let held = voxel[axis].clamp(0.0, (count - 1) as f64);
        let near = held.round();
        if source.nearest || (held - near).abs() < ON_IT {
            base[axis] = near as usize;
        } else {
            base[axis] = held.floor() as usize;
            share[axis] = held - held.floor();
        }
    }
    Some(SamplePoint { base, share })
}

/// The part of a slice of the volume that the pixels before and after it need.
fn needed(layers: &[Layer], frame: usize) -> Part {
    let own = &layers[frame];
    let before = frame.checked_sub(1).map(|before| &layers[before]);
    let before = before.filter(|layer| layer.next);
    let joined = |own: &Range<usize>, other: Option<&Range<usize>>| match other {
        Some(other) if own.is_empty() => other.clone(),
        Some(other) => own.start.min(other.start)..own.end.max(other.end),
        None => own.clone(),
    };
    Part {
        columns: joined(&own.columns, before.map(|layer| &layer.columns)),
        rows: joined(&own.rows, before.map(|layer| &layer.rows)),
    }
}

/// Mixes the voxels around a point into the numbers of a pixel, where all of them are there and measure something.
fn mix_plain(
    source: &Source<'_>,
    point: &SamplePoint,
    pieces: [Option<&Piece>; 2],
    out: &mut [f64],
) {
    let [i, j, _] = point.base;
    let [across, down, depth] = point.share;
    // Without a share in it, the next voxel may not have been read.
    let right = if across > 0.0 { source.channels } else { 0 };
    let below = usize::from(down > 0.0);
    let level = |piece: &Piece, channel: usize| {
        let line = |row: usize| {
            let at = piece.at(i, row) + channel;
            let (a, b) = (piece.numbers[at], piece.numbers[at + right]);
            a + across * (b - a)
        };
        let (a, b) = (line(j), line(j + below));
        a + down * (b - a)
    };
    for (channel, out) in out.iter_mut().enumerate() {
        let [Some(here), next] = pieces else { return };
        let a = level(here, channel);
        *out = match next.filter(|_| depth > 0.0) {
            Some(next) => a + depth * (level(next, channel) - a),
            None => a,
        };
    }
}

/// Mixes the voxels around a point into the numbers of a pixel; those that measure nothing are left out.
fn mix(source: &Source<'_>, point: &SamplePoint, pieces: [Option<&Piece>; 2], out: &mut [f64]) {
    let [i, j, _] = point.base;
    let weights = point.share.map(|share| [1.0 - share, share]);
    for (channel, out) in out.iter_mut().enumerate() {
        let (mut sum, mut total) = (0.0, 0.0);
        // The nearest voxel: its weight, its number, and whether that stands for no measurement.
        let mut nearest = (0.0, source.outside, true);
        for (piece, in_depth) in pieces.into_iter().zip(weights[2]) {
            let Some(piece) = piece.filter(|_| in_depth > 0.0) else {
                continue;
            };
            let padding = source.padding.get(piece.frame).copied().flatten();
            for (dj, down) in weights[1].into_iter().enumerate() {
                for (di, across) in weights[0].into_iter().enumerate() {
                    let weight = across * down * in_depth;
                    if weight <= 0.0 {
                        continue;
                    }
                    let number = piece.numbers.get(piece.at(i + di, j + dj) + channel);
                    let number = number.copied();
                    let value = number.unwrap_or(f64::NAN);
                    let padded = padding.is_some_and(|[a, b]| (a..=b).contains(&value));
                    let hole = padded || !value.is_finite();
                    if weight > nearest.0 {
                        nearest = (weight, number.unwrap_or(source.outside), hole);
                    }
                    if !hole {
                        sum += weight * value;
                        total += weight;
                    }
                }
            }
        }
        *out = if nearest.2 { nearest.1 } else { sum / total };
    }
}
