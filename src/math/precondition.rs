//! Preconditioning: how a network's raw output becomes a denoiser or an end point.
//!
//! Coefficients are apart from networks, so that any network can be used with any of them.
//!
//! `D(x; sigma) = skip * x + out * F(input * x, noise)`  (Karras et al. 2022, eq. 7)

use super::schedule::EDM_SIGMA_MIN;

/// The spread of the data that the paper's boundary assumes.
const BOUNDARY_SIGMA_DATA: f64 = 0.5;
/// How fast the paper's boundary leaves the identity, per unit of t.
const BOUNDARY_TIME_SCALE: f64 = 10.0;

/// The four numbers between a network and what it is used for, at one noise level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    /// Weight of the state itself, c_skip.
    pub skip: f64,
    /// Weight of the network's output, c_out.
    pub out: f64,
    /// Factor on the network's input, c_in.
    pub input: f64,
    /// What the network is told about the noise level, c_noise.
    pub noise: f64,
}

/// Coefficients that keep input, output and target of a denoiser at unit variance.
///
/// `ratio` is the noise `s` of `y = x / alpha` and `sigma_data` the spread of the data; both are
/// standard deviations in data units and above 0 (Karras et al. 2022, table 1).
pub fn edm(ratio: f64, sigma_data: f64) -> Coefficients {
    let total = ratio.hypot(sigma_data);
    Coefficients {
        skip: (sigma_data / total).powi(2),
        out: ratio * sigma_data / total,
        input: 1.0 / total,
        noise: ratio.ln() / 4.0,
    }
}

/// The paper's consistency boundary at time `t` in 0..=1000: `f = skip x + out x0_hat`, `[skip, out]`.
///
/// Exactly the identity at t = 0. `out` has no factor of the data's spread, since it weighs a
/// denoised sample and not a raw output.
pub fn boundary(t: f64) -> [f64; 2] {
    let time = BOUNDARY_TIME_SCALE * t;
    let total = time.hypot(BOUNDARY_SIGMA_DATA);
    [(BOUNDARY_SIGMA_DATA / total).powi(2), time / total]
}

/// The EDM form of the consistency boundary, `f = skip y + out F`, `[skip, out]`: exactly the identity at
/// `sigma` = 0.002.
///
/// `sigma` and `sigma_data` are standard deviations in data units (Song et al. 2023, appendix C).
/// Levels below 0.002 are taken as 0.002: they count as clean.
fn edm_boundary(sigma: f64, sigma_data: f64) -> [f64; 2] {
    let sigma = sigma.clamp(EDM_SIGMA_MIN, f64::INFINITY);
    let above = sigma - EDM_SIGMA_MIN;
    [(sigma_data / above.hypot(sigma_data)).powi(2), sigma_data * above / sigma.hypot(sigma_data)]
}

/// The EDM boundary over a denoised sample instead of a raw output: `f = skip y + out D`, `[skip, out]`.
///
/// With `D = edm.skip y + edm.out F` the raw output is `F = (D - edm.skip y) / edm.out`; put into
/// `f = c_skip y + c_out F` this gives `out = c_out / edm.out = (s - 0.002) / s` and
/// `skip = c_skip - out edm.skip`. `ratio` is the noise `s` of `y = x / alpha`.
pub fn edm_boundary_of_denoised(ratio: f64, sigma_data: f64) -> [f64; 2] {
    let [raw_skip, raw_out] = edm_boundary(ratio, sigma_data);
    let denoised = edm(ratio.clamp(EDM_SIGMA_MIN, f64::INFINITY), sigma_data);
    let out = raw_out / denoised.out;
    [raw_skip - out * denoised.skip, out]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::tests::assert_close;

    /// A few roundings of numbers up to 1.
    const ROUNDING: f64 = 1e-15;

    #[test]
    fn edm_coefficients_match_their_formulas() {
        // 3, 4, 5: the spread of the noisy data is exactly 5.
        let found = edm(3.0, 4.0);
        assert_close(found.skip, 16.0 / 25.0, ROUNDING);
        assert_close(found.out, 12.0 / 5.0, ROUNDING);
        assert_close(found.input, 0.2, ROUNDING);
        assert_close(found.noise, 3.0_f64.ln() / 4.0, ROUNDING);
    }

    #[test]
    fn edm_coefficients_keep_input_and_target_at_unit_variance() {
        let sigma_data = 0.5;
        for ratio in [0.002_f64, 0.1, 0.5, 1.612886194, 80.0] {
            let found = edm(ratio, sigma_data);
            let total = ratio.powi(2) + sigma_data * sigma_data;
            assert_close(found.input.powi(2) * total, 1.0, ROUNDING);
            // The target is (x_0 - skip y) / out with y = x_0 + ratio eps. One minus skip loses
            // digits where skip is near 1: 1e-5 is left of it at ratio 0.002.
            let clean = (1.0 - found.skip) * sigma_data;
            let noise = found.skip * ratio;
            assert_close((clean.powi(2) + noise.powi(2)) / found.out.powi(2), 1.0, 1e-12);
        }
    }

    #[test]
    fn the_boundary_matches_the_golden_numbers() {
        assert_eq!(boundary(0.0), [1.0, 0.0]);
        // Half a unit of the last printed digit.
        assert_close(boundary(1.0)[0], 2.493766e-3, 5.01e-10);
        assert_close(boundary(1.0)[1], 0.998752339, 5.01e-10);
        assert_close(boundary(10.0)[0], 2.499938e-5, 5.01e-12);
        assert_close(boundary(10.0)[1], 0.999987500, 5.01e-10);
    }

    #[test]
    fn the_edm_boundary_is_the_identity_at_its_smallest_level_and_below() {
        for sigma in [EDM_SIGMA_MIN, 0.001, 0.0] {
            assert_eq!(edm_boundary(sigma, 0.5), [1.0, 0.0]);
        }
    }

    #[test]
    fn the_edm_boundary_matches_its_formulas() {
        let [skip, out] = edm_boundary(3.0, 4.0);
        assert_close(skip, 16.0 / (2.998_f64 * 2.998 + 16.0), ROUNDING);
        assert_close(out, 4.0 * 2.998 / 5.0, ROUNDING);
    }

    #[test]
    fn the_edm_boundary_is_the_same_function_over_raw_output_and_denoised_sample() {
        let (y, raw, sigma_data) = (0.7, -1.3, 0.5);
        for sigma in [0.0, 0.001, EDM_SIGMA_MIN, 0.0021, 0.1, 0.5, 14.6, 80.0] {
            let [raw_skip, raw_out] = edm_boundary(sigma, sigma_data);
            let denoiser = edm(sigma.max(EDM_SIGMA_MIN), sigma_data);
            let denoised = denoiser.skip * y + denoiser.out * raw;
            let [skip, out] = edm_boundary_of_denoised(sigma, sigma_data);
            assert_close(skip * y + out * denoised, raw_skip * y + raw_out * raw, ROUNDING);
            let closed_form = (sigma - EDM_SIGMA_MIN).max(0.0) / sigma.max(EDM_SIGMA_MIN);
            assert_close(out, closed_form, ROUNDING);
        }
        assert_eq!(edm_boundary_of_denoised(EDM_SIGMA_MIN, sigma_data), [1.0, 0.0]);
    }
}
