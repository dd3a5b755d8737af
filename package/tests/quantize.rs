//! Packing, for any values and any size.

#![cfg(not(target_arch = "wasm32"))]

use half::f16;
use proptest::prelude::*;
use unimed_package::{ErrorStats, GROUP, PackedData, PackedForm, pack_rows};

fn form() -> impl Strategy<Value = PackedForm> {
    prop_oneof![Just(PackedForm::Q4), Just(PackedForm::Q8)]
}

/// Rows of 1 to 100 columns, of any magnitude that weights have and of some that they have not.
fn matrix() -> impl Strategy<Value = (usize, Vec<f32>)> {
    (1_usize..100, 1_usize..4, -7_i32..5).prop_flat_map(|(columns, rows, magnitude)| {
        let scale = 10_f32.powi(magnitude);
        let value = prop_oneof![
            8 => (-1.0_f32..1.0).prop_map(move |v| v * scale),
            1 => Just(0.0),
            1 => (-1.0_f32..1.0).prop_map(move |v| (v * scale * 30.0).clamp(-60_000.0, 60_000.0)),
        ];
        (Just(columns), prop::collection::vec(value, columns * rows))
    })
}

/// Squared error of the plain way: the largest value on the end of the range.
fn plain_error(form: PackedForm, group: &[f32]) -> f64 {
    let peak = group.iter().fold(0.0_f32, |peak, v| peak.max(v.abs()));
    let high = form.offset() as f32 - 1.0;
    let scale = f16::from_f32(peak / high).to_f32();
    group
        .iter()
        .map(|&v| {
            let q = if scale > 0.0 {
                (v / scale).round().clamp(-high - 1.0, high)
            } else {
                0.0
            };
            f64::from(v - scale * q).powi(2)
        })
        .sum()
}

proptest! {
    #[test]
    fn what_is_packed_comes_back((columns, values) in matrix(), form in form()) {
        let packed = PackedData::pack(form, columns, &values).unwrap();
        prop_assert_eq!(packed.shape().rows * columns, values.len());
        prop_assert_eq!(packed.words().len(), packed.shape().rows * packed.shape().words());
        prop_assert_eq!(packed.shape().words() % (GROUP * form.bits() / 32), 0);
        prop_assert!(packed.scales().iter().all(|scale| scale.is_finite()));
        let back = packed.unpack();
        prop_assert_eq!(back.len(), values.len());
        for (row, back) in values.chunks(columns).zip(back.chunks(columns)) {
            for (group, back) in row.chunks(GROUP).zip(back.chunks(GROUP)) {
                let error: f64 = group.iter().zip(back).map(|(a, b)| f64::from(a - b).powi(2)).sum();
                let plain = plain_error(form, group);
                prop_assert!(error <= plain * 1.000_1 + 1e-30, "{} and {}", error, plain);
            }
        }
    }

    #[test]
    fn the_padding_is_zero((columns, values) in matrix(), form in form()) {
        let packed = PackedData::pack(form, columns, &values).unwrap();
        let bits = form.bits();
        for row in packed.words().chunks(packed.shape().words()) {
            for at in columns..packed.shape().groups() * GROUP {
                let stored = row[at / form.per_word()] >> (bits * (at % form.per_word()));
                prop_assert_eq!((stored & ((1 << bits) - 1)) as i32, form.offset());
            }
        }
    }

    /// Blocks of rows give the bytes of the whole, and the errors add up.
    #[test]
    fn rows_are_packed_one_by_one((columns, values) in matrix(), form in form()) {
        let (mut words, mut scales, mut stats) = (Vec::new(), Vec::new(), ErrorStats::default());
        for row in values.chunks(columns) {
            pack_rows(form, columns, row, &mut words, &mut scales, &mut stats).unwrap();
        }
        let whole = PackedData::pack(form, columns, &values).unwrap();
        prop_assert_eq!(PackedData::from_bytes(whole.shape(), &words, &scales), Ok(whole.clone()));
        let mut compared = ErrorStats::default();
        compared.compare(&values, &whole.unpack());
        prop_assert_eq!(stats.values, compared.values);
        prop_assert!((stats.error_square - compared.error_square).abs() <= 1e-9 * compared.square + 1e-30);
        prop_assert!((stats.max_abs - compared.max_abs).abs() <= 1e-6 * compared.max_abs);
    }

    /// Values that were packed once lie on their grid and stay there. Where a scale is a subnormal
    /// half, neighbouring scales are far apart, and nothing is promised.
    #[test]
    fn packing_twice_changes_little((columns, values) in matrix(), form in form()) {
        let smallest = f16::MIN_POSITIVE.to_f32() * form.offset() as f32;
        let mut groups = values.chunks(columns).flat_map(|row| row.chunks(GROUP));
        prop_assume!(groups.all(|group| {
            let peak = group.iter().fold(0.0_f32, |peak, v| peak.max(v.abs()));
            peak == 0.0 || peak >= smallest
        }));
        let once = PackedData::pack(form, columns, &values).unwrap().unpack();
        let twice = PackedData::pack(form, columns, &once).unwrap().unpack();
        let mut stats = ErrorStats::default();
        stats.compare(&once, &twice);
        prop_assert!(stats.relative() < 0.02, "{}", stats.relative());
    }
}
