//! Matrices inside of buffers.

/// A matrix inside of a buffer: where it starts, its sizes and steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) start: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_step: isize,
    pub(super) column_step: isize,
}

impl View {
    /// Row after row without gaps.
    pub(super) fn dense(start: usize, rows: usize, columns: usize) -> Self {
        Self {
            start,
            rows,
            columns,
            row_step: columns as isize,
            column_step: 1,
        }
    }

    /// Rows become columns.
    pub(super) fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
            ..self
        }
    }

    /// From the first number to the one in this row and column.
    pub(super) fn offset(self, row: usize, column: usize) -> usize {
        (row as isize * self.row_step + column as isize * self.column_step) as usize
    }

    /// One past the last number.
    pub(super) fn end(self) -> usize {
        self.start + self.offset(self.rows.max(1) - 1, self.columns.max(1) - 1) + 1
    }
}
