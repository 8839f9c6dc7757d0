//! Rounding on disk: half or single precision, little-endian, finite values only.
//!
//! Weights lose nothing visible at half precision; what others are compared with stays exact.

use half::f16;
use safetensors::tensor::Dtype;

use super::StoreError;

/// How a tensor is rounded on disk; in memory it is always f32.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Half precision: eleven significant bits, at most 65504.
    F16,
    /// Single precision: exact.
    F32,
}

impl Precision {
    /// Bytes a value takes on disk.
    pub fn bytes(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
        }
    }

    /// The name safetensors has for it.
    pub(super) fn dtype(self) -> Dtype {
        match self {
            Self::F16 => Dtype::F16,
            Self::F32 => Dtype::F32,
        }
    }

    /// Appends little-endian `values`; `name` is for the error if one is not finite.
    pub(super) fn encode(
        self,
        name: &str,
        values: &[f32],
        out: &mut Vec<u8>,
    ) -> Result<(), StoreError> {
        match self {
            Self::F16 => {
                let finite = values.iter().all(|&value| f16::from_f32(value).is_finite());
                if !finite {
                    return Err(StoreError::NotFinite { name: name.to_owned() });
                }
                out.extend(values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()));
            }
            Self::F32 => {
                check_finite(name, values)?;
                out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
        }
        Ok(())
    }

    /// Values of little-endian `bytes`, whose length is a multiple of `self.bytes()`.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F16 => {
                let (words, _) = bytes.as_chunks::<2>();
                words.iter().map(|&word| f16::from_le_bytes(word).to_f32()).collect()
            }
            Self::F32 => {
                let (words, _) = bytes.as_chunks::<4>();
                words.iter().map(|&word| f32::from_le_bytes(word)).collect()
            }
        }
    }
}

/// Refuses NaN and infinities; `name` is for the error.
pub(super) fn check_finite(name: &str, values: &[f32]) -> Result<(), StoreError> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err(StoreError::NotFinite { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_rounds_to_eleven_bits_and_single_precision_is_exact() {
        let values = [1.0, -0.1, 65504.0, 3.0e-5];
        let round_trip = |precision: Precision| {
            let mut bytes = Vec::new();
            precision.encode("x", &values, &mut bytes).unwrap();
            assert_eq!(bytes.len(), values.len() * precision.bytes());
            precision.decode(&bytes)
        };
        assert_eq!(round_trip(Precision::F32), values);
        // Half an ulp of eleven bits is 2^-11 of the value; below 2^-14 it is 2^-25 flat.
        for (rounded, value) in round_trip(Precision::F16).iter().zip(values) {
            let tolerance = value.abs() * 2.0_f32.powi(-11) + 2.0_f32.powi(-25);
            assert!((rounded - value).abs() <= tolerance, "{rounded} for {value}");
        }
    }

    #[test]
    fn a_value_beyond_half_precision_is_refused_and_not_made_infinite() {
        let error = Precision::F16.encode("w", &[7.0e4], &mut Vec::new()).unwrap_err();
        assert!(matches!(error, StoreError::NotFinite { name } if name == "w"));
        assert!(Precision::F32.encode("w", &[7.0e4], &mut Vec::new()).is_ok());
        assert!(Precision::F32.encode("w", &[f32::NAN], &mut Vec::new()).is_err());
    }
}
