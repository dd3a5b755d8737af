//! The samples of one scan, line by line (T.81, H.1.2 and H.2).

use super::bits::Bits;
use super::huffman::Table;
use super::{DecodeError, FrameHeader, Scan};

/// Two lines of a component.
#[derive(Debug)]
struct Lines<'t> {
    /// Index of the component in the frame.
    component: usize,
    table: &'t Table,
    above: Vec<u16>,
    /// Differences, and then the samples.
    current: Vec<u16>,
}

/// Decodes one scan into its components' places in `out`; gives the number of bytes that it took.
pub(super) fn decode(
    bytes: &[u8],
    header: FrameHeader,
    scan: &Scan,
    tables: &[Option<Table>; 4],
    restart_interval: usize,
    out: &mut [u16],
) -> Result<usize, DecodeError> {
    let width = header.width;
    // Each interval is a whole number of lines (H.1.1); with sampling factors of 1 a line has as many units as samples.
    if !restart_interval.is_multiple_of(width) {
        return Err(DecodeError::Corrupt(
            "a restart interval that is no whole number of lines",
        ));
    }
    let interval = restart_interval / width;
    let mut parts = Vec::with_capacity(scan.components.len());
    for &(component, table) in &scan.components {
        let table = tables.get(table).and_then(Option::as_ref);
        parts.push(Lines {
            component,
            table: table.ok_or(DecodeError::Corrupt("a scan without its Huffman table"))?,
            above: vec![0; width],
            current: vec![0; width],
        });
    }
    let middle = 1 << (header.precision - scan.point_transform - 1);
    let mut bits = Bits::new(bytes);
    for y in 0..header.height {
        let first = if interval > 0 {
            y % interval == 0
        } else {
            y == 0
        };
        if first && y > 0 {
            bits.restart(((y / interval - 1) % 8) as u8)?;
        }
        differences(&mut bits, &mut parts).ok_or(DecodeError::Corrupt("bits that are no code"))?;
        bits.check()?;
        let row = &mut out[y * width * header.components..][..width * header.components];
        for part in &mut parts {
            if first {
                first_line(&mut part.current, middle);
            } else {
                line(scan.predictor, &part.above, &mut part.current);
            }
            let shift = scan.point_transform;
            if header.components == 1 && shift == 0 {
                row.copy_from_slice(&part.current);
            } else {
                let places = row.iter_mut().skip(part.component);
                let places = places.step_by(header.components);
                for (to, from) in places.zip(&part.current) {
                    *to = from << shift;
                }
            }
            std::mem::swap(&mut part.above, &mut part.current);
        }
    }
    Ok(bits.position())
}

/// The differences of one line of all components, sample by sample.
fn differences(bits: &mut Bits<'_>, parts: &mut [Lines<'_>]) -> Option<()> {
    if let [part] = parts {
        for place in &mut part.current {
            *place = part.table.difference(bits)?;
        }
        return Some(());
    }
    let width = parts.first().map_or(0, |p| p.current.len());
    for x in 0..width {
        for part in parts.iter_mut() {
            part.current[x] = part.table.difference(bits)?;
        }
    }
    Some(())
}

/// The first line of a scan or restart interval: each sample is predicted from the one on its left, the first by the
/// middle of the range.
fn first_line(current: &mut [u16], middle: u16) {
    let mut left = middle;
    for sample in current {
        left = left.wrapping_add(*sample);
        *sample = left;
    }
}

/// Any other line (table H.1). Its first sample is predicted from the one above.
fn line(predictor: u8, above: &[u16], current: &mut [u16]) {
    // One loop each, so that none of them asks for the predictor at every sample.
    match predictor {
        1 => with(above, current, |left, _, _| left),
        2 => with(above, current, |_, above, _| above),
        3 => with(above, current, |_, _, corner| corner),
        4 => with(above, current, |left, above, corner| left + above - corner),
        5 => with(above, current, |left, above, corner| {
            left + ((above - corner) >> 1)
        }),
        6 => with(above, current, |left, above, corner| {
            above + ((left - corner) >> 1)
        }),
        _ => with(above, current, |left, above, _| (left + above) >> 1),
    }
}

#[inline(always)]
fn with(above: &[u16], current: &mut [u16], predict: impl Fn(i32, i32, i32) -> i32) {
    let mut above = above.iter().copied();
    let mut places = current.iter_mut();
    let (Some(mut corner), Some(place)) = (above.next(), places.next()) else {
        return;
    };
    let mut left = corner.wrapping_add(*place);
    *place = left;
    for (place, above) in places.zip(above) {
        let predicted = predict(i32::from(left), i32::from(above), i32::from(corner));
        left = (predicted as u16).wrapping_add(*place);
        *place = left;
        corner = above;
    }
}
