//! 128-bit registers of WebAssembly, chosen when the page is built.

use std::arch::wasm32::{
    f32x4_add, f32x4_convert_i32x4, f32x4_extract_lane, f32x4_mul, f32x4_splat, i8x16_splat,
    i8x16_sub, i16x8_extend_high_i8x16, i16x8_extend_low_i8x16, i32x4_extend_high_i16x8,
    i32x4_extend_low_i16x8, u8x16_shr, v128, v128_and, v128_load, v128_store, v128_xor,
};

use super::lanes::Lanes;

/// Four floats.
#[derive(Clone, Copy)]
pub(super) struct Simd128(v128);

/// Sixteen signed bytes as floats.
#[inline(always)]
fn from_bytes(bytes: v128) -> [Simd128; 4] {
    let (low, high) = (
        i16x8_extend_low_i8x16(bytes),
        i16x8_extend_high_i8x16(bytes),
    );
    [
        i32x4_extend_low_i16x8(low),
        i32x4_extend_high_i16x8(low),
        i32x4_extend_low_i16x8(high),
        i32x4_extend_high_i16x8(high),
    ]
    .map(|integers| Simd128(f32x4_convert_i32x4(integers)))
}

#[inline(always)]
fn join([a, b, c, d]: [Simd128; 4], [e, f, g, h]: [Simd128; 4]) -> [Simd128; 8] {
    [a, b, c, d, e, f, g, h]
}

impl Lanes for Simd128 {
    const WIDTH: usize = 4;
    type Group = [Self; 8];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller has four floats there.
        Self(unsafe { v128_load(from.cast()) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller has room for four floats there.
        unsafe { v128_store(to.cast(), self.0) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(f32x4_add(f32x4_mul(self.0, factor.0), term.0))
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        (f32x4_extract_lane::<0>(self.0) + f32x4_extract_lane::<1>(self.0))
            + (f32x4_extract_lane::<2>(self.0) + f32x4_extract_lane::<3>(self.0))
    }

    #[inline(always)]
    unsafe fn unpack4(from: *const u8) -> Self::Group {
        // SAFETY: the caller has 16 bytes there.
        let bytes = unsafe { v128_load(from.cast()) };
        let eight = i8x16_splat(8);
        let low = i8x16_sub(v128_and(bytes, i8x16_splat(15)), eight);
        let high = i8x16_sub(u8x16_shr(bytes, 4), eight);
        join(from_bytes(low), from_bytes(high))
    }

    #[inline(always)]
    unsafe fn unpack8(from: *const u8) -> Self::Group {
        // SAFETY: the caller has 32 bytes there.
        let (first, second) = unsafe { (v128_load(from.cast()), v128_load(from.add(16).cast())) };
        let sign = i8x16_splat(-128);
        join(
            from_bytes(v128_xor(first, sign)),
            from_bytes(v128_xor(second, sign)),
        )
    }
}
