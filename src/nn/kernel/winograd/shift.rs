//! What lies beside each tile: the points for the kernel's outer columns.

use pulp::{Arch, Simd, WithSimd};

use super::{KERNEL, POINTS};

/// From the points of a channel for the middle column of the kernel, `tiles` in rows of `width`, to those for the columns on
/// both sides: the same, moved by one, with zeros where they come from outside.
///
/// The three columns lie `apart`, those of the next point `of_point` from the first.
pub(super) fn shift(points: &mut [f32], [of_point, apart]: [usize; 2], [tiles, width]: [usize; 2]) {
    Arch::new().dispatch(Shift { points, of_point, apart, tiles, width });
}

struct Shift<'a> {
    points: &'a mut [f32],
    of_point: usize,
    apart: usize,
    tiles: usize,
    width: usize,
}

impl WithSimd for Shift<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { points, of_point, apart, tiles, width } = self;
        for point in 0..POINTS {
            let columns = &mut points[point * of_point..][..KERNEL * apart];
            let (left, rest) = columns.split_at_mut(apart);
            let (centre, right) = rest.split_at_mut(apart);
            let centre = &centre[..tiles];
            copy::<S>(&centre[..tiles - 1], &mut left[1..tiles]);
            copy::<S>(&centre[1..], &mut right[..tiles - 1]);
            let mut first = 0;
            while first < tiles {
                left[first] = 0.0;
                right[first + width - 1] = 0.0;
                first += width;
            }
        }
    }
}

/// For so few numbers calling the system's copy takes as long as copying.
#[inline(always)]
fn copy<S: Simd>(from: &[f32], to: &mut [f32]) {
    let Some(last) = from.len().checked_sub(S::F32_LANES) else {
        return to.copy_from_slice(from);
    };
    for (from, to) in S::as_simd_f32s(from).0.iter().zip(S::as_mut_simd_f32s(to).0) {
        *to = *from;
    }
    // The last vector again, for what the others have not reached.
    S::as_mut_simd_f32s(&mut to[last..]).0[0] = S::as_simd_f32s(&from[last..]).0[0];
}
