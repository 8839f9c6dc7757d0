//! A modulated norm against a plain one whose scale and shift burn computes and differentiates.

use super::super::modulated_norm;
use super::*;

/// The output, and the gradients of `sum(y * weights)` with respect to all inputs.
fn results([n, c, h, w]: [usize; 4], silu: bool, is_ours: bool) -> Vec<Vec<f32>> {
    let device = Device::flex().autodiff();
    let x = noise([n, c, h, w], 1, &device).require_grad();
    let norm = [2, 3].map(|seed| noise([c], seed, &device).require_grad());
    // A part of a wider table: rows that lie apart.
    let table = noise([n, 4 * c], 4, &device).require_grad();
    let modulation = table.clone().slice([0..n, 2 * c..4 * c]);
    let y = if is_ours {
        modulated_norm(x.clone(), norm.clone(), modulation, c / 4, silu)
    } else {
        let [s, t] = modulation.chunk(2, 1).try_into().expect("two halves");
        let [gamma, beta] = norm.clone().map(|x| x.unsqueeze::<2>());
        let factor = s + 1.0;
        group_norm(x.clone(), gamma * factor.clone(), beta * factor + t, c / 4, silu)
    };
    let gradients = (y.clone() * noise([n, c, h, w], 5, &device)).sum().backward();
    let of = |x: &Tensor<1>| values(x.grad(&gradients).expect("tracked"));
    let dx = values(x.grad(&gradients).expect("tracked"));
    let dtable = values(table.grad(&gradients).expect("tracked"));
    vec![values(y), dx, of(&norm[0]), of(&norm[1]), dtable]
}

#[test]
fn a_modulated_norm_and_its_gradients_agree_with_burn_s() {
    for shape in [[3, 8, 5, 4], [1, 4, 1, 2], [17, 16, 2, 3]] {
        for silu in [false, true] {
            let [ours, burns] = [true, false].map(|is_ours| results(shape, silu, is_ours));
            for (part, (ours, burns)) in
                ["y", "dx", "dgamma", "dbeta", "dmodulation"].iter().zip(ours.iter().zip(&burns))
            {
                assert_close(ours, burns, &format!("{shape:?}, SiLU {silu}: {part}"));
            }
        }
    }
}
