//! Every instruction set against a sum in 64 bits.

use half::f16;

use super::*;
use unimed_package::seeded::Random;

fn levels() -> Vec<InstructionSet> {
    let mut levels = vec![InstructionSet::Plain];
    if InstructionSet::best() != InstructionSet::Plain {
        levels.push(InstructionSet::best());
    }
    levels
}

#[test]
fn all_instruction_sets_agree_with_64_bits() {
    let mut random = Random(1);
    for form in [PackedForm::Q4, PackedForm::Q8] {
        for m in [1, 2, 3, 4, 5, 7, 8, 13] {
            for (rows, columns) in [(1, 32), (3, 64), (25, 96), (49, 1024 + 64), (7, 2080)] {
                let shape = PackedShape {
                    form,
                    rows,
                    columns,
                };
                let groups = rows * shape.groups();
                let words: Vec<u32> = (0..groups * form.words_per_group())
                    .map(|_| random.bits() as u32)
                    .collect();
                let scales: Vec<u16> = (0..groups)
                    .map(|_| f16::from_f32(random.float() * 0.1).to_bits())
                    .collect();
                let x: Vec<f32> = (0..m * columns).map(|_| random.float()).collect();
                let matrix = Matrix {
                    words: &words,
                    scales: &scales,
                    shape,
                };
                let mut weights = Vec::new();
                for row in 0..rows {
                    matrix.push_row(row, &mut weights);
                }
                for level in levels() {
                    let y = level.matmul(&matrix, &x);
                    for (index, &value) in y.iter().enumerate() {
                        let (i, row) = (index / rows, index % rows);
                        let terms = || {
                            (0..columns).map(|k| {
                                f64::from(x[i * columns + k])
                                    * f64::from(weights[row * columns + k])
                            })
                        };
                        let (exact, size): (f64, f64) =
                            (terms().sum(), terms().map(f64::abs).sum());
                        assert!(
                            (f64::from(value) - exact).abs() <= 1e-6 * size,
                            "{level:?} {form:?} m {m} rows {rows} columns {columns}: \
                             {value} for {exact}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_by_hand() {
    // Values 0..7 in the first word of group 0; 15 = the largest in group 1.
    let words = [
        0x7654_3210,
        0,
        0,
        0,
        0xffff_ffff,
        0x8888_8888,
        0x8888_8888,
        0x8888_8888,
    ];
    let scales = [f16::from_f32(0.5).to_bits(), f16::from_f32(-2.0).to_bits()];
    let matrix = Matrix {
        words: &words,
        scales: &scales,
        shape: PackedShape {
            form: PackedForm::Q4,
            rows: 1,
            columns: 40,
        },
    };
    let mut row = Vec::new();
    matrix.push_row(0, &mut row);
    assert_eq!(row.len(), 40);
    assert_eq!(row[..8], [-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5]);
    assert_eq!(row[8..32], [-4.0; 24]);
    assert_eq!(row[32..], [-14.0; 8]);
}

#[test]
fn every_finite_scale_is_exact() {
    for bits in 0..=u16::MAX {
        let half = f16::from_bits(bits);
        if half.is_finite() {
            assert_eq!(lanes::scale(bits).to_bits(), half.to_f32().to_bits());
        }
    }
}
