//! How far pixels stand out from what is around them.

/// For each pixel its value less the mean of the square of `2 * radius + 1` pixels around it, which is cut at the edges.
pub(super) fn contrast(values: &[u8], width: usize, height: usize, radius: usize) -> Vec<i16> {
    // Sums of columns over the rows of the square; they slide down with it.
    let mut columns = vec![0_u32; width];
    let add = |row: usize, columns: &mut [u32]| {
        let row = &values[row * width..][..width];
        for (sum, value) in columns.iter_mut().zip(row) {
            *sum += u32::from(*value);
        }
    };
    for row in 0..radius.min(height) {
        add(row, &mut columns);
    }
    let mut out = Vec::with_capacity(values.len());
    for y in 0..height {
        if y + radius < height {
            add(y + radius, &mut columns);
        }
        if y > radius {
            let row = &values[(y - radius - 1) * width..][..width];
            for (sum, value) in columns.iter_mut().zip(row) {
                *sum -= u32::from(*value);
            }
        }
        let rows = (y + radius + 1).min(height) - y.saturating_sub(radius);
        let mut sum: u32 = columns[..radius.min(width)].iter().sum();
        for x in 0..width {
            if x + radius < width {
                sum += columns[x + radius];
            }
            if x > radius {
                sum -= columns[x - radius - 1];
            }
            let across = (x + radius + 1).min(width) - x.saturating_sub(radius);
            let mean = sum / (rows * across) as u32;
            out.push(i16::from(values[y * width + x]) - mean as i16);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_the_square_is_taken_away_and_the_square_is_cut_at_the_edges() {
        // 0 10 20
        // 30 40 50
        let values = [0, 10, 20, 30, 40, 50];
        // Corner: 0 less the mean 20 of (0, 10, 30, 40); middle: 10 less 25.
        assert_eq!(contrast(&values, 3, 2, 1), [-20, -15, -10, 10, 15, 20]);
        // A square larger than the picture is the picture: its mean is 25.
        assert_eq!(contrast(&values, 3, 2, 9), [-25, -15, -5, 5, 15, 25]);
    }
}
