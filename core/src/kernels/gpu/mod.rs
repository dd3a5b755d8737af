//! The GPU kernels and how they are launched.
//!
//! All dimensions but the number of rows of a matrix-vector product are arguments, so one pipeline
//! serves all lengths. Sums are 32-bit. Nothing beyond what WebGPU promises is asked for: no
//! subgroups, no 16-bit floats, 16 KiB of shared memory, 128 invocations.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::semicolon_if_nothing_returned,
    clippy::needless_pass_by_value,
    clippy::needless_range_loop,
    clippy::use_self,
    reason = "the kernel macro writes items that these lints look at"
)]

mod activation;
mod argmax;
mod attention;
mod conv;
mod conv_ops;
mod group_norm;
mod heads;
mod matmul;
mod matvec;
mod norm;
mod ops;
mod rows;
mod unpack;

use burn::tensor::{DType, Shape};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::{BufferArg, CubeCount, CubeDim};

use super::{
    choice::{VECTOR_ROWS, Variant},
    ops::PackedOps,
};
use unimed_package::{PackedForm, PackedShape};

/// WebGPU's limit on each axis of a dispatch.
const MAX_WORKGROUPS: usize = 65_535;

/// Invocations of a workgroup that works without barriers.
const LONE_UNITS: usize = 64;

impl PackedOps for CubeBackend {
    fn packed_matmul(
        x: CubeTensor,
        words: CubeTensor,
        scales: CubeTensor,
        shape: PackedShape,
        variant: Variant,
    ) -> CubeTensor {
        let x = into_contiguous(x);
        let m = x.meta.shape()[0];
        let y = output(&x, [m, shape.rows]);
        let product = Product {
            shape,
            m,
            x: &x,
            words: &words,
            scales: &scales,
            y: &y,
        };
        match (m <= VECTOR_ROWS, variant) {
            (true, Variant::BarrierFree) => product.matvec_alone(),
            (true, Variant::SharedMemory) => product.matvec_shared(),
            (false, Variant::BarrierFree) => product.matmul_alone(),
            (false, Variant::SharedMemory) => product.matmul_shared(),
        }
        y
    }

    fn packed_rows(
        ids: CubeTensor,
        words: CubeTensor,
        scales: CubeTensor,
        shape: PackedShape,
    ) -> CubeTensor {
        let ids = into_contiguous(ids);
        let count = ids.meta.shape()[0];
        let y = output(&ids, [count, shape.columns]);
        let quads = shape.words() / 4;
        // SAFETY: the kernel checks that it is within the output, and clamps the ids.
        unsafe {
            rows::rows_kernel::launch_unchecked(
                &y.client,
                workgroups((count * quads).div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                buffer(&ids, 1),
                buffer(&words, 4),
                buffer(&scales, 1),
                buffer(&y, 1),
                count,
                shape.rows,
                shape.columns,
                shape.groups(),
                shape.form == PackedForm::Q8,
            );
        }
        y
    }
}

/// One product and its buffers.
struct Product<'a> {
    shape: PackedShape,
    m: usize,
    x: &'a CubeTensor,
    words: &'a CubeTensor,
    scales: &'a CubeTensor,
    y: &'a CubeTensor,
}

impl Product<'_> {
    fn q8(&self) -> bool {
        self.shape.form == PackedForm::Q8
    }

    fn matvec_alone(&self) {
        // SAFETY: the kernel checks that it is within the output; the inputs are whole rows.
        unsafe {
            matvec::matvec_alone::launch_unchecked(
                &self.y.client,
                workgroups(self.shape.rows.div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                buffer(self.x, 4),
                buffer(self.words, 4),
                buffer(self.scales, 1),
                buffer(self.y, 1),
                self.shape.rows,
                self.shape.groups(),
                self.m,
                self.q8(),
            );
        }
    }

    fn matvec_shared(&self) {
        // SAFETY: as above; rows beyond the last are read as the last and not written.
        unsafe {
            matvec::matvec_shared::launch_unchecked(
                &self.y.client,
                workgroups(self.shape.rows.div_ceil(matvec::ROWS_PER_WORKGROUP)),
                CubeDim::new_2d(matvec::LANES as u32, matvec::SETS as u32),
                buffer(self.x, 4),
                buffer(self.words, 4),
                buffer(self.scales, 1),
                buffer(self.y, 1),
                self.shape.rows,
                self.shape.groups(),
                self.m,
                self.q8(),
            );
        }
    }

    fn matmul_alone(&self) {
        let tiles = self.shape.rows.div_ceil(matmul::ALONE_N) * self.m.div_ceil(matmul::ALONE_M);
        // SAFETY: as above.
        unsafe {
            matmul::matmul_alone::launch_unchecked(
                &self.y.client,
                workgroups(tiles.div_ceil(LONE_UNITS)),
                CubeDim::new_1d(LONE_UNITS as u32),
                buffer(self.x, 4),
                buffer(self.words, 4),
                buffer(self.scales, 1),
                buffer(self.y, 1),
                self.m,
                self.shape.rows,
                self.shape.groups(),
                self.q8(),
            );
        }
    }

    fn matmul_shared(&self) {
        // Half a tile for short inputs.
        let unit_m = if self.m <= 32 { 4 } else { 8 };
        let tiles =
            self.shape.rows.div_ceil(matmul::SHARED_N) * self.m.div_ceil(unit_m * matmul::UNITS_M);
        // SAFETY: as above.
        unsafe {
            matmul::matmul_shared::launch_unchecked(
                &self.y.client,
                workgroups(tiles),
                CubeDim::new_1d((matmul::UNITS_M * matmul::UNITS_N) as u32),
                buffer(self.x, 4),
                buffer(self.words, 1),
                buffer(self.scales, 1),
                buffer(self.y, 1),
                self.m,
                self.shape.rows,
                self.shape.groups(),
                unit_m,
                self.q8(),
            );
        }
    }
}

/// An uninitialized 32-bit output beside `like`.
fn output(like: &CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let shape = shape.into();
    let handle = like.client.empty(shape.num_elements() * size_of::<f32>());
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        shape,
        handle,
        DType::F32,
    )
}

fn sizes<const D: usize>(x: &CubeTensor) -> [usize; D] {
    x.meta.shape().dims()
}

/// A contiguous tensor as an argument whose elements are `vector` numbers.
fn buffer(tensor: &CubeTensor, vector: usize) -> BufferArg {
    // SAFETY: the length is that of the tensor.
    unsafe { BufferArg::from_raw_parts(tensor.handle.clone(), tensor.meta.num_elements() / vector) }
}

/// So many workgroups, on two axes where one is too short; kernels use the linear position.
fn workgroups(count: usize) -> CubeCount {
    let rows = count.div_ceil(MAX_WORKGROUPS);
    CubeCount::Static(count.div_ceil(rows) as u32, rows as u32, 1)
}
