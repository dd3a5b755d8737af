//! One tensor from the source into a shard, a block of rows at a time, in buffers that are reused.

use std::thread;

use half::f16;

use super::{
    ConvertError,
    input::Weights,
    layout::{Stored, Unit},
};
use unimed_package::{DType, ErrorStats, PackedShape, extend_floats, pack_rows};

/// Bytes of the source that are read at a time, unless one row alone is larger.
const BLOCK_BYTES: usize = 8 << 20;

/// What one thread works in.
#[derive(Debug, Default)]
struct Lane {
    values: Vec<f32>,
    out: Vec<u8>,
    scales: Vec<u8>,
    stats: ErrorStats,
}

/// Buffers for all tensors of a conversion.
#[derive(Debug)]
pub(super) struct Blocks {
    raw: Vec<u8>,
    lanes: Vec<Lane>,
    /// Scales of the tensor at hand; they follow its words.
    scales: Vec<u8>,
}

impl Blocks {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            raw: Vec::new(),
            lanes: (0..threads.max(1)).map(|_| Lane::default()).collect(),
            scales: Vec::new(),
        }
    }

    /// Converts a tensor. `put` takes the bytes in file order; `progress` hears the bytes that were
    /// read and may end it.
    pub(super) fn convert(
        &mut self,
        unit: &Unit,
        weights: &dyn Weights,
        put: &mut dyn FnMut(&[u8]) -> Result<(), ConvertError>,
        progress: &mut dyn FnMut(u64) -> Result<(), ConvertError>,
    ) -> Result<ErrorStats, ConvertError> {
        let row_values = match unit.stored {
            Stored::Packed(shape) => shape.columns,
            Stored::Float(_) => 1,
        };
        let row = row_values * unit.source.bytes();
        let rows = unit.weight.values() / row_values as u64;
        let mut done = 0;
        let mut stats = ErrorStats::default();
        self.scales.clear();
        while done < rows {
            let now = (rows - done).min((BLOCK_BYTES / row).max(1) as u64);
            self.raw.resize(now as usize * row, 0);
            let start = done * row as u64;
            weights.read_at(&unit.weight.name, start, &mut self.raw)?;
            stats += self.compute(unit, row, done)?;
            for lane in &self.lanes {
                put(&lane.out)?;
                self.scales.extend_from_slice(&lane.scales);
            }
            done += now;
            progress(self.raw.len() as u64)?;
        }
        put(&self.scales)?;
        Ok(stats)
    }

    /// The block in `raw` into the lanes, an equal part each.
    fn compute(&mut self, unit: &Unit, row: usize, first: u64) -> Result<ErrorStats, ConvertError> {
        let rows = self.raw.len() / row;
        let share = rows.div_ceil(self.lanes.len()).max(1);
        let mut parts = self.raw.chunks(share * row);
        let work: Vec<_> = self
            .lanes
            .iter_mut()
            .enumerate()
            .map(|(i, lane)| {
                let part = parts.next().unwrap_or_default();
                (lane, part, first + (i * share) as u64)
            })
            .collect();
        thread::scope(|scope| {
            let mut running = Vec::new();
            let mut own = None;
            for (lane, part, first) in work {
                if own.is_none() {
                    own = Some((lane, part, first)); // the calling thread works too
                } else if !part.is_empty() {
                    running.push(scope.spawn(move || lane.run(unit, part, first)));
                } else {
                    lane.clear();
                }
            }
            let mut result = Ok(());
            if let Some((lane, part, first)) = own {
                result = lane.run(unit, part, first);
            }
            for thread in running {
                let ended = thread.join().expect("invariant: packing does not panic");
                result = result.and(ended);
            }
            result
        })?;
        let mut stats = ErrorStats::default();
        for lane in &self.lanes {
            stats += lane.stats;
        }
        Ok(stats)
    }
}

impl Lane {
    fn clear(&mut self) {
        self.values.clear();
        self.out.clear();
        self.scales.clear();
        self.stats = ErrorStats::default();
    }

    fn run(&mut self, unit: &Unit, raw: &[u8], first: u64) -> Result<(), ConvertError> {
        self.clear();
        let float = extend_floats(unit.source, raw, &mut self.values);
        debug_assert!(float, "the layout takes only floats");
        match unit.stored {
            Stored::Packed(shape) => self.pack(unit, shape, first),
            Stored::Float(dtype) => self.keep(unit, dtype, raw, first),
        }
    }

    fn pack(&mut self, unit: &Unit, shape: PackedShape, first: u64) -> Result<(), ConvertError> {
        pack_rows(
            shape.form,
            shape.columns,
            &self.values,
            &mut self.out,
            &mut self.scales,
            &mut self.stats,
        )
        .map_err(|mut error| {
            error.row += first as usize;
            ConvertError::Value {
                name: unit.weight.name.clone(),
                why: error.to_string(),
            }
        })
    }

    fn keep(
        &mut self,
        unit: &Unit,
        dtype: DType,
        raw: &[u8],
        first: u64,
    ) -> Result<(), ConvertError> {
        let refused = |at: usize, value: f32, why: &str| ConvertError::Value {
            name: unit.weight.name.clone(),
            why: format!("value {} is {value}, {why}", first + at as u64),
        };
        if let Some(at) = self.values.iter().position(|value| !value.is_finite()) {
            let why = "expected a finite number; the weight file is damaged";
            return Err(refused(at, self.values[at], why));
        }
        if dtype == unit.source {
            self.out.extend_from_slice(raw);
            self.stats.compare(&self.values, &self.values);
        } else if dtype == DType::F32 {
            let bytes = self.values.iter().flat_map(|value| value.to_le_bytes());
            self.out.extend(bytes);
            self.stats.compare(&self.values, &self.values);
        } else {
            // The layout asks for nothing but F16 here.
            for (at, &value) in self.values.iter().enumerate() {
                let half = f16::from_f32(value);
                if !half.is_finite() {
                    return Err(refused(
                        at,
                        value,
                        "beyond 16 bit; convert with --quant f32",
                    ));
                }
                self.out.extend_from_slice(&half.to_le_bytes());
                self.stats.compare(&[value], &[half.to_f32()]);
            }
        }
        Ok(())
    }
}
