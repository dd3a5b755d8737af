//! The samples of one scan, line by line (T.87, A.2 to A.7, and annex B for interleaved components).

use super::bits::Bits;
use super::coder::{Coder, Parameters, RUN_ORDER};
use super::{DecodeError, FrameHeader, ScanHeader};

/// Two lines of a component, each with one sample more at both ends.
#[derive(Debug)]
struct Lines {
    above: Vec<i32>,
    current: Vec<i32>,
    run_index: usize,
}

impl Lines {
    fn new(width: usize) -> Self {
        Self {
            above: vec![0; width + 2],
            current: vec![0; width + 2],
            run_index: 0,
        }
    }

    /// Makes the finished line the one above, and sets the samples outside of it (A.2.1).
    fn advance(&mut self) {
        std::mem::swap(&mut self.above, &mut self.current);
        let end = self.above.len() - 1;
        self.above[end] = self.above[end - 1];
        self.current[0] = self.above[1];
    }

    /// Left, above, above left, and the three gradients at `x` (from 1).
    fn around(&self, x: usize) -> ([i32; 3], [i32; 3]) {
        let (left, corner) = (self.current[x - 1], self.above[x - 1]);
        let (above, right) = (self.above[x], self.above[x + 1]);
        (
            [left, above, corner],
            [right - above, above - corner, corner - left],
        )
    }
}

/// Decodes one scan into its components' places in `out`; gives the place of the marker behind it.
pub(super) fn decode(
    bytes: &[u8],
    header: FrameHeader,
    scan: &ScanHeader,
    parameters: Parameters,
    out: &mut [u16],
) -> Result<usize, DecodeError> {
    let mut bits = Bits::new(bytes);
    let mut coder = Coder::new(parameters);
    let mut lines: Vec<Lines> = scan
        .components
        .iter()
        .map(|_| Lines::new(header.width))
        .collect();
    for y in 0..header.height {
        if scan.interleave == 2 {
            samples_in_turn(&mut bits, &mut coder, &mut lines, header.width)?;
        } else {
            for component in &mut lines {
                component.advance();
                line(&mut bits, &mut coder, component, header.width)?;
            }
        }
        for (component, done) in scan.components.iter().zip(&lines) {
            let row = &mut out[y * header.width * header.components..];
            let places = row.iter_mut().skip(*component).step_by(header.components);
            for (to, from) in places.zip(&done.current[1..=header.width]) {
                *to = *from as u16;
            }
        }
    }
    Ok(bits.position())
}

/// How many samples repeat from `x` on, of at most `rest`; and whether the run ended before the line (A.7.1).
fn run_length(
    bits: &mut Bits<'_>,
    run_index: &mut usize,
    rest: usize,
) -> Result<(usize, bool), DecodeError> {
    let mut run = 0;
    while bits.read(1)? == 1 {
        let whole = 1 << RUN_ORDER[*run_index];
        let step = whole.min(rest - run);
        run += step;
        if step == whole && *run_index < 31 {
            *run_index += 1;
        }
        if run == rest {
            return Ok((run, false));
        }
    }
    run += bits.read(RUN_ORDER[*run_index])? as usize;
    if run >= rest {
        return Err(DecodeError::Corrupt("a run beyond the line"));
    }
    Ok((run, true))
}

/// One line of one component.
fn line(
    bits: &mut Bits<'_>,
    coder: &mut Coder,
    lines: &mut Lines,
    width: usize,
) -> Result<(), DecodeError> {
    let near = coder.parameters.near;
    let mut x = 1;
    while x <= width {
        let (around, gradients) = lines.around(x);
        let regions = gradients.map(|d| coder.parameters.region(d));
        if regions != [0; 3] {
            lines.current[x] = coder.regular(bits, around, regions)?;
            x += 1;
            continue;
        }
        let (run, interrupted) = run_length(bits, &mut lines.run_index, width + 1 - x)?;
        lines.current[x..x + run].fill(around[0]);
        x += run;
        if interrupted {
            let (left, above) = (around[0], lines.above[x]);
            let alike = (left - above).abs() <= near;
            lines.current[x] = coder.interruption(bits, [left, above], alike, lines.run_index)?;
            lines.run_index = lines.run_index.saturating_sub(1);
            x += 1;
        }
    }
    Ok(())
}

/// One line of all components, sample by sample; they share runs.
fn samples_in_turn(
    bits: &mut Bits<'_>,
    coder: &mut Coder,
    lines: &mut [Lines],
    width: usize,
) -> Result<(), DecodeError> {
    for component in lines.iter_mut() {
        component.advance();
    }
    let mut x = 1;
    while x <= width {
        let p = coder.parameters;
        let flat = |c: &Lines| c.around(x).1.map(|d| p.region(d)) == [0; 3];
        if !lines.iter().all(flat) {
            for component in lines.iter_mut() {
                let (around, gradients) = component.around(x);
                let regions = gradients.map(|d| p.region(d));
                component.current[x] = coder.regular(bits, around, regions)?;
            }
            x += 1;
            continue;
        }
        let (run, interrupted) = run_length(bits, &mut lines[0].run_index, width + 1 - x)?;
        for component in lines.iter_mut() {
            let left = component.current[x - 1];
            component.current[x..x + run].fill(left);
        }
        x += run;
        if interrupted {
            let run_index = lines[0].run_index;
            for component in lines.iter_mut() {
                let pair = [component.current[x - 1], component.above[x]];
                component.current[x] = coder.interruption(bits, pair, false, run_index)?;
            }
            lines[0].run_index = run_index.saturating_sub(1);
            x += 1;
        }
    }
    Ok(())
}
