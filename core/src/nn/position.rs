//! Fixed two-dimensional sine-cosine position tables.

use burn::{
    config::Config,
    module::{Module, Param},
    tensor::{Device, Int, Tensor, TensorData},
};

/// One row of the table: the column's code, then the row's code, `width / 2` values each, sines
/// before cosines, with wavelengths `10000^(k / (width / 4))`.
#[must_use]
pub fn sincos_2d_row(row: usize, column: usize, width: usize) -> Vec<f32> {
    let quarter = width / 4;
    let angles = |x: usize| {
        (0..quarter).map(move |k| x as f64 * 10_000_f64.powf(-(k as f64) / quarter as f64))
    };
    let code = |x: usize| {
        angles(x)
            .map(f64::sin)
            .chain(angles(x).map(f64::cos))
            .map(|value| value as f32)
    };
    code(column).chain(code(row)).collect()
}

/// Ids `row * side + column` of a grid anchored at the table's top left, row by row.
#[must_use]
pub fn grid_position_ids(rows: usize, columns: usize, side: usize) -> Vec<usize> {
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| row * side + column))
        .collect()
}

/// Configuration of a [`PositionTable`].
#[derive(Config, Debug)]
pub struct PositionTableConfig {
    /// Positions along one side of the square grid.
    pub side: usize,
    /// Width of a row; a multiple of 4.
    pub width: usize,
}

impl PositionTableConfig {
    /// The table, computed when it is first used; it is a constant and never trained.
    #[must_use]
    pub fn init(&self, device: &Device) -> PositionTable {
        let (side, width) = (self.side, self.width);
        let pos_embed = Param::uninitialized(
            burn::module::ParamId::new(),
            move |device, _| {
                let values = (0..side * side)
                    .flat_map(|id| sincos_2d_row(id / side, id % side, width))
                    .collect::<Vec<f32>>();
                Tensor::from_data(TensorData::new(values, [side * side, width]), device)
            },
            device.clone(),
            false,
            [side * side, width].into(),
        );
        PositionTable { pos_embed }
    }
}

/// Rows that are added to image tokens, by position id.
#[derive(Module, Debug)]
pub struct PositionTable {
    /// `[side * side, width]`
    pub pos_embed: Param<Tensor<2>>,
}

impl PositionTable {
    /// The rows of `ids`, `[ids, width]`.
    #[must_use]
    pub fn rows(&self, ids: &[usize]) -> Tensor<2> {
        let table = self.pos_embed.val();
        let ids: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::from(ids.as_slice()), &table.device());
        table.select(0, ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_comes_first() {
        let row = sincos_2d_row(0, 1, 8);
        let one = 1.0_f64;
        let expected = [
            one.sin(),
            0.01_f64.sin(),
            one.cos(),
            0.01_f64.cos(),
            0.0,
            0.0,
            1.0,
            1.0,
        ];
        for (value, wanted) in row.iter().zip(expected) {
            assert!((f64::from(*value) - wanted).abs() < 1e-7);
        }
    }

    #[test]
    fn ids_are_anchored_at_the_top_left() {
        assert_eq!(grid_position_ids(2, 3, 70), [0, 1, 2, 70, 71, 72]);
    }
}
