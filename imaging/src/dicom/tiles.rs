//! Whole-slide images (VL Whole Slide Microscopy, PS3.3 C.8.12.4 and C.7.6.17): their frames are tiles of one picture.

use std::collections::BTreeMap;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::attributes::{int, text};
use super::frame::Frame;
use super::layout::Layout;
use super::tile_position::TilePosition;
use crate::Samples;
use crate::pixel_limit::MAX_PIXELS;

/// What became of the frames.
pub(super) struct Tiled {
    /// Columns and rows of each frame now.
    pub(super) size: [usize; 2],
    /// The frames are pictures of different places, and no film.
    pub(super) apart: bool,
    pub(super) notes: Vec<String>,
}

/// Puts tiles together, where the object has any and the picture is not too large; `joined` when there is memory for its
/// blank places.
pub(super) fn assemble(
    object: &InMemDicomObject,
    layout: &Layout,
    frames: &mut Vec<Frame>,
    joined: bool,
) -> Tiled {
    let tile = [layout.columns, layout.rows];
    let plain = |apart, note: Option<String>| Tiled {
        size: tile,
        apart,
        notes: note.into_iter().collect(),
    };
    let side = |tag| int(object, tag).and_then(|n| usize::try_from(n).ok());
    let (Some(width), Some(height)) = (
        side(tags::TOTAL_PIXEL_MATRIX_COLUMNS),
        side(tags::TOTAL_PIXEL_MATRIX_ROWS),
    ) else {
        return plain(false, None);
    };
    if width == 0 || height == 0 || frames.len() == 1 && [width, height] == tile {
        return plain(false, None);
    }
    let Some(positions) = positions(object, frames, [width, height], tile) else {
        return plain(
            true,
            Some(format!(
                "This image consists of tiles, and where they belong cannot be read; its {} tiles are shown one by one.",
                frames.len()
            )),
        );
    };
    let mut planes: BTreeMap<(String, i64), Vec<usize>> = BTreeMap::new();
    for (at, position) in positions.iter().enumerate() {
        planes.entry(position.plane.clone()).or_default().push(at);
    }
    let area = (width as u64).saturating_mul(height as u64);
    let given = frames.len() as u64 * layout.pixels() as u64;
    // Pictures with few tiles in them take much more memory than the file; `extra_bytes` has counted that of one.
    let all = area.saturating_mul(planes.len() as u64);
    if !joined || area > MAX_PIXELS || planes.len() > 1 && all > given.saturating_mul(2) {
        return plain(
            true,
            Some(format!(
                "This image has {width} x {height} pixels, more than can be put together here; its {} tiles are shown one by one.",
                frames.len()
            )),
        );
    }
    let mut old: Vec<Option<Frame>> = frames.drain(..).map(Some).collect();
    let mut missing = 0;
    for own in planes.values() {
        let mut canvas: Option<Frame> = None;
        let mut covered = vec![false; width.div_ceil(tile[0]) * height.div_ceil(tile[1])];
        for at in own {
            let Some(mut frame) = old.get_mut(*at).and_then(Option::take) else {
                continue;
            };
            let position = &positions[*at];
            if position.row < height && position.column < width {
                let cell =
                    position.row / tile[1] * width.div_ceil(tile[0]) + position.column / tile[0];
                covered[cell] = true;
            }
            let own = std::mem::replace(&mut frame.samples, Samples::U8(Vec::new()));
            let canvas = canvas.get_or_insert_with(|| Frame {
                samples: blank(&own, width * height),
                ..frame
            });
            let at = [position.column, position.row];
            paste(&mut canvas.samples, [width, height], &own, tile, at);
        }
        missing += covered.iter().filter(|there| !**there).count();
        frames.extend(canvas);
    }
    let mut notes = Vec::new();
    if missing > 0 {
        notes.push(format!(
            "{missing} tiles of this image are not in the file; their places are blank."
        ));
    }
    if frames.len() > 1 {
        notes.push(format!(
            "This image has {} focal planes or optical paths, shown one after the other.",
            frames.len()
        ));
    }
    Tiled {
        size: [width, height],
        apart: true,
        notes,
    }
}

/// The bytes that a picture takes beyond those of its tiles.
pub(super) fn extra_bytes(object: &InMemDicomObject, layout: &Layout) -> u64 {
    let side = |tag| int(object, tag).and_then(|n| u64::try_from(n).ok());
    let (Some(width), Some(height)) = (
        side(tags::TOTAL_PIXEL_MATRIX_COLUMNS),
        side(tags::TOTAL_PIXEL_MATRIX_ROWS),
    ) else {
        return 0;
    };
    let area = width.saturating_mul(height);
    if area > MAX_PIXELS {
        return 0;
    }
    let tiles = (layout.pixels() as u64).saturating_mul(layout.frames as u64);
    let pixel = layout.decoded_bytes() / tiles.max(1);
    area.saturating_sub(tiles) * pixel
}

/// Where every tile lies; `None` where the file does not say so.
fn positions(
    object: &InMemDicomObject,
    frames: &[Frame],
    [width, height]: [usize; 2],
    [columns, rows]: [usize; 2],
) -> Option<Vec<TilePosition>> {
    // TILED_FULL may leave the positions out, which follow from the order.
    let full = text(object, tags::DIMENSION_ORGANIZATION_TYPE).as_deref() == Some("TILED_FULL");
    let said: Option<Vec<TilePosition>> = frames.iter().map(|f| f.tile.clone()).collect();
    if let Some(said) = said.filter(|_| !full) {
        return Some(said);
    }
    // TILED_FULL: along rows, then down, then through focal planes, then optical paths.
    let across = width.div_ceil(columns);
    let of_a_plane = across.checked_mul(height.div_ceil(rows))?;
    let first = int(object, tags::CONCATENATION_FRAME_OFFSET_NUMBER).unwrap_or(0);
    if first != 0 || !frames.len().is_multiple_of(of_a_plane) {
        return None;
    }
    let position = |at: usize| TilePosition {
        plane: (String::new(), (at / of_a_plane) as i64),
        column: at % of_a_plane % across * columns,
        row: at % of_a_plane / across * rows,
    };
    Some((0..frames.len()).map(position).collect())
}

/// A picture without any tile: white in colour, zero in grey.
fn blank(like: &Samples, pixels: usize) -> Samples {
    match like {
        Samples::U8(_) => Samples::U8(vec![0; pixels]),
        Samples::U16(_) => Samples::U16(vec![0; pixels]),
        Samples::I16(_) => Samples::I16(vec![0; pixels]),
        Samples::F32(_) => Samples::F32(vec![0.0; pixels]),
        Samples::F64(_) => Samples::F64(vec![0.0; pixels]),
        Samples::Rgb8(_) => Samples::Rgb8(vec![255; 3 * pixels]),
    }
}

/// Copies a tile into the picture; what hangs over the edge is cut off.
fn paste(into: &mut Samples, size: [usize; 2], tile: &Samples, own: [usize; 2], at: [usize; 2]) {
    match (into, tile) {
        (Samples::U8(a), Samples::U8(b)) => lines(a, b, 1, size, own, at),
        (Samples::U16(a), Samples::U16(b)) => lines(a, b, 1, size, own, at),
        (Samples::I16(a), Samples::I16(b)) => lines(a, b, 1, size, own, at),
        (Samples::F32(a), Samples::F32(b)) => lines(a, b, 1, size, own, at),
        (Samples::F64(a), Samples::F64(b)) => lines(a, b, 1, size, own, at),
        (Samples::Rgb8(a), Samples::Rgb8(b)) => lines(a, b, 3, size, own, at),
        _ => {}
    }
}

fn lines<T: Copy>(
    into: &mut [T],
    tile: &[T],
    channels: usize,
    [width, height]: [usize; 2],
    [columns, rows]: [usize; 2],
    [x, y]: [usize; 2],
) {
    if x >= width || y >= height {
        return;
    }
    let wide = channels * columns.min(width - x);
    let to = into.chunks_mut(channels * width).skip(y);
    for (to, from) in to.zip(tile.chunks(channels * columns).take(rows)) {
        to[channels * x..][..wide].copy_from_slice(&from[..wide]);
    }
}
