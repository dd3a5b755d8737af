//! What a conversion did.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use super::{layout::Layout, resume::Done};
use unimed_package::{ErrorStats, Manifest, Quantization, plan::Part};

/// Tensors that are alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupReport {
    /// Part of the model and kind of tensor.
    pub group: String,
    /// Number of tensors.
    pub tensors: usize,
    /// Number of values.
    pub values: u64,
    /// Bytes in the package.
    pub bytes: u64,
    /// `||given - stored|| / ||given||`
    pub relative_error: f64,
    /// Largest absolute difference.
    pub max_abs_error: f64,
}

/// A finished conversion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConvertReport {
    /// Folder of the package.
    pub out: String,
    /// How matrices are stored.
    pub quantization: Quantization,
    /// Number of weights.
    pub parameters: u64,
    /// Bytes of the source's tensors.
    pub source_bytes: u64,
    /// Bytes of all files of the package.
    pub package_bytes: u64,
    /// Number of shards.
    pub shards: usize,
    /// Shards that an earlier run had finished.
    pub resumed_shards: usize,
    /// Layers of the vision tower.
    pub vision_layers: usize,
    /// Errors by group, in the order of the package.
    pub groups: Vec<GroupReport>,
    /// Bytes by part, in the order of the package.
    pub parts: BTreeMap<Part, u64>,
    /// Tensors of the source that this model does not have; they were left out.
    pub unknown: Vec<String>,
    /// Position tables that the source lacks; they are computed when the model is loaded.
    pub computed: Vec<String>,
    /// Vision layers that were left out on request, by tensor.
    pub dropped: Vec<String>,
    /// Most memory that this process ever had, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
}

pub(super) fn report(
    target: &Path,
    manifest: &Manifest,
    layout: Layout,
    shards: &[Done],
    resumed: usize,
) -> ConvertReport {
    let mut errors = BTreeMap::<&str, ErrorStats>::new();
    for (group, stats) in shards.iter().flat_map(|done| &done.stats) {
        *errors.entry(group).or_default() += *stats;
    }
    let mut groups = Vec::<GroupReport>::new();
    let mut parts = BTreeMap::new();
    for unit in layout.units() {
        let group = unit.group();
        *parts.entry(unit.weight.part).or_insert(0) += unit.bytes();
        let at = groups.iter().position(|known| known.group == group);
        let at = at.unwrap_or_else(|| {
            let error = errors.get(group.as_str()).copied().unwrap_or_default();
            groups.push(GroupReport {
                group,
                tensors: 0,
                values: 0,
                bytes: 0,
                relative_error: error.relative(),
                max_abs_error: error.max_abs,
            });
            groups.len() - 1
        });
        groups[at].tensors += 1;
        groups[at].values += unit.weight.values();
        groups[at].bytes += unit.bytes();
    }
    ConvertReport {
        out: target.display().to_string(),
        quantization: manifest.quantization,
        parameters: layout.units().map(|unit| unit.weight.values()).sum(),
        source_bytes: layout.units().map(super::layout::Unit::source_bytes).sum(),
        package_bytes: manifest.total_bytes(),
        shards: shards.len(),
        resumed_shards: resumed,
        vision_layers: layout.vision_layers,
        groups,
        parts,
        unknown: layout.unknown,
        computed: layout.computed,
        dropped: layout.dropped,
        peak_memory: peak_memory(),
    }
}

/// The high-water mark of this process's resident memory in bytes; only Linux tells.
#[must_use]
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}
