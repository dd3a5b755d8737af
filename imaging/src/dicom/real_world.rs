//! Physical quantities behind stored numbers (Real World Value Mapping Sequence, PS3.3 C.7.6.16.2.11).

use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{float, floats, int, item, items, text};
use super::functional_groups::FunctionalGroups;
use super::grayscale;
use crate::Rescale;
use crate::series::RealWorldValueMapping;

/// The mappings that hold for a frame: its own, else the shared ones, else those of the data set.
pub(super) fn mappings<'a>(groups: &FunctionalGroups<'a>, frame: usize) -> &'a [InMemDicomObject] {
    groups
        .levels(frame)
        .map(|level| items(level, tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE))
        .find(|items| !items.is_empty())
        .unwrap_or_default()
}

/// The first mapping that can be read; `signed` when stored numbers are.
pub(super) fn first(mappings: &[InMemDicomObject], signed: bool) -> Option<RealWorldValueMapping> {
    mappings.iter().find_map(|mapping| read(mapping, signed))
}

fn read(mapping: &InMemDicomObject, signed: bool) -> Option<RealWorldValueMapping> {
    let end = |double: Tag, word: Tag| {
        float(mapping, double).or_else(|| {
            let value = int(mapping, word)?;
            // In implicit form the parser cannot know that the value is signed.
            Some(if signed && value > 0x7fff {
                (value - 0x1_0000) as f64
            } else {
                value as f64
            })
        })
    };
    let first = end(
        tags::DOUBLE_FLOAT_REAL_WORLD_VALUE_FIRST_VALUE_MAPPED,
        tags::REAL_WORLD_VALUE_FIRST_VALUE_MAPPED,
    )?;
    let last = end(
        tags::DOUBLE_FLOAT_REAL_WORLD_VALUE_LAST_VALUE_MAPPED,
        tags::REAL_WORLD_VALUE_LAST_VALUE_MAPPED,
    )?;
    let table = floats(mapping, tags::REAL_WORLD_VALUE_LUT_DATA);
    let slope = float(mapping, tags::REAL_WORLD_VALUE_SLOPE);
    let intercept = float(mapping, tags::REAL_WORLD_VALUE_INTERCEPT);
    let map = match (slope, intercept) {
        (Some(slope), Some(intercept)) if table.is_empty() => Rescale::Linear { slope, intercept },
        // One entry for every whole number from the first to the last.
        _ if !table.is_empty() && table.len() as f64 == last - first + 1.0 => Rescale::IDENTITY,
        _ => return None,
    };
    let units = item(mapping, tags::MEASUREMENT_UNITS_CODE_SEQUENCE);
    let unit = units.and_then(|units| text(units, tags::CODE_VALUE));
    let label = text(mapping, tags::LUT_EXPLANATION).or_else(|| text(mapping, tags::LUT_LABEL));
    Some(RealWorldValueMapping {
        range: [first.min(last), first.max(last)],
        map,
        table,
        unit: unit.map(|code| symbol(&code)).unwrap_or_default(),
        label: label.unwrap_or_default(),
    })
}

/// The unit as readers write it, where its code is not meant for them.
fn symbol(code: &str) -> String {
    match code {
        "[hnsf'U]" => "HU".to_owned(),
        "1" | "{0:1}" => String::new(),
        _ => code.to_owned(),
    }
}

/// The same mapping for numbers that went through a rescale; `None` where there is no such mapping.
pub(super) fn after(
    mapping: RealWorldValueMapping,
    rescale: &Rescale,
) -> Option<RealWorldValueMapping> {
    let Rescale::Linear {
        slope: inner,
        intercept: offset,
    } = *rescale
    else {
        return None;
    };
    let Rescale::Linear { slope, intercept } = mapping.map else {
        return None;
    };
    if !mapping.table.is_empty() || inner == 0.0 {
        return None;
    }
    Some(RealWorldValueMapping {
        range: grayscale::rescaled_ends(rescale, mapping.range),
        map: Rescale::Linear {
            slope: slope / inner,
            intercept: intercept - slope / inner * offset,
        },
        ..mapping
    })
}

/// Whether two mappings give the same values, as far as arithmetic can tell.
pub(super) fn same(a: &RealWorldValueMapping, b: &RealWorldValueMapping) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(b.abs());
    let at = |mapping: &RealWorldValueMapping, end: usize| mapping.map.value(mapping.range[end]);
    a.unit == b.unit
        && a.table == b.table
        && match (&a.map, &b.map) {
            (
                Rescale::Linear {
                    slope: a_slope,
                    intercept: a_zero,
                },
                Rescale::Linear {
                    slope: b_slope,
                    intercept: b_zero,
                },
            ) => {
                let reach = at(a, 0).abs().max(at(a, 1).abs());
                near(*a_slope, *b_slope) && (a_zero - b_zero).abs() <= 1e-6 * reach
            }
            (a, b) => a == b,
        }
}
