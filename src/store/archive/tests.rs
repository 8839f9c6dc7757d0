use safetensors::SafeTensors;
use serde_json::json;

use super::*;

fn tensor(shape: &[usize], values: &[f32]) -> HostTensor {
    HostTensor { shape: shape.to_vec(), values: values.to_vec() }
}

fn small() -> Archive<Value> {
    let tensors = [
        ("golden.input", tensor(&[1, 2], &[0.1, -0.2])),
        ("scale", tensor(&[], &[0.5])),
        ("weight", tensor(&[3], &[1.0, 2.0, -3.0])),
    ];
    Archive {
        manifest: json!({ "name": "small", "seed": u64::MAX }),
        tensors: tensors.map(|(name, tensor)| (name.to_owned(), tensor)).into(),
    }
}

fn precision(name: &str) -> Precision {
    if name.starts_with("golden.") { Precision::F32 } else { Precision::F16 }
}

fn small_bytes() -> Vec<u8> {
    small().to_bytes(precision).unwrap()
}

fn read(bytes: &[u8]) -> Result<Archive<Value>, StoreError> {
    Archive::from_bytes(bytes)
}

/// The tensors of a file, with or without a manifest.
fn tensors(bytes: &[u8]) -> Result<BTreeMap<String, HostTensor>, StoreError> {
    let (header, body) = split(bytes)?;
    decode_all(&header, body)
}

/// A file with this header and this many zero bytes of tensors.
fn with_header(header: &Value, body: usize) -> Vec<u8> {
    let header = header.to_string();
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), &vec![0; body]].concat()
}

#[test]
fn an_archive_comes_back_as_it_was_written() {
    assert_eq!(read(&small_bytes()).unwrap(), small());
    assert_eq!(small_bytes(), small_bytes());
}

#[test]
fn a_file_comes_back_and_errors_name_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.safetensors");
    small().write(&path, precision).unwrap();
    assert_eq!(Archive::<Value>::read(&path).unwrap(), small());

    std::fs::write(&path, b"a text of no importance").unwrap();
    let error = Archive::<Value>::read(&path).unwrap_err();
    assert!(error.to_string().contains("w.safetensors"), "{error}");
    assert!(error.to_string().contains("does not begin as a safetensors file does"), "{error}");
    assert!(Archive::<Value>::read(folder.path()).is_err());
}

#[test]
fn the_safetensors_library_reads_the_same_tensors() {
    let bytes = small_bytes();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.len(), 3);
    let golden = file.tensor("golden.input").unwrap();
    assert_eq!((golden.dtype(), golden.shape()), (Dtype::F32, &[1, 2][..]));
    assert_eq!(golden.data(), [0.1_f32.to_le_bytes(), (-0.2_f32).to_le_bytes()].concat());
    let weight = file.tensor("weight").unwrap();
    assert_eq!((weight.dtype(), weight.shape()), (Dtype::F16, &[3][..]));
}

#[test]
fn a_file_of_another_program_gives_its_tensors_but_no_archive() {
    let header = json!({ "x": { "dtype": "F32", "shape": [2], "data_offsets": [0, 8] } });
    let bytes = with_header(&header, 8);
    assert_eq!(tensors(&bytes).unwrap()["x"], tensor(&[2], &[0.0, 0.0]));
    assert!(matches!(read(&bytes), Err(StoreError::Damaged(_))));
}

#[test]
fn a_file_cut_at_any_length_is_refused() {
    let bytes = small_bytes();
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
    assert!(read(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn no_flipped_bit_can_make_loading_panic() {
    let bytes = small_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // A flip inside a value or a name can give another valid file; it must then be checked.
        if let Ok(archive) = read(&flipped) {
            archive.to_bytes(|_| Precision::F32).unwrap();
        }
    }
}

#[test]
fn random_bytes_are_refused() {
    let mut state = 1_u64;
    for length in 0..2000 {
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        });
        let mut bytes: Vec<u8> = noise.take(length).collect();
        assert!(read(&bytes).is_err());
        // The same noise as a header of a believable length.
        bytes.splice(0..0, (length as u64 / 2).to_le_bytes());
        assert!(read(&bytes).is_err());
    }
}

#[test]
fn sizes_that_overflow_or_promise_too_much_are_refused_before_allocating() {
    let entry = |shape: Value, end: u64| json!({ "x": { "dtype": "F32", "shape": shape, "data_offsets": [0, end] } });
    for header in [
        entry(json!([u64::MAX, 2]), 8),
        entry(json!([1_u64 << 61]), 8),
        entry(json!([1_u64 << 58]), 1 << 60),
        entry(json!([2]), 4),
        entry(json!([-1]), 8),
    ] {
        assert!(tensors(&with_header(&header, 8)).is_err(), "{header}");
    }
    let mut bytes = small_bytes();
    bytes[..8].copy_from_slice(&(MAX_HEADER + 1).to_le_bytes());
    assert!(matches!(read(&bytes), Err(StoreError::TooLarge { .. })));
    bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(read(&bytes), Err(StoreError::Damaged(_))));
}

#[test]
fn offsets_that_reach_the_end_of_the_address_space_are_refused() {
    // Sixteen tensors of 2^60 bytes, the last one 8 bytes short of 2^64 in all: adding the
    // header's length to that sum overflows.
    let mut header = Map::new();
    for tensor in 0..16_u64 {
        let (start, last) = (tensor << 60, tensor == 15);
        let count = if last { (1_u64 << 58) - 2 } else { 1 << 58 };
        let offsets = json!([start, start + (count * 4)]);
        let entry = json!({ "dtype": "F32", "shape": [count], "data_offsets": offsets });
        header.insert(format!("{tensor:02}"), entry);
    }
    assert!(tensors(&with_header(&Value::Object(header), 8)).is_err());
}

#[test]
fn a_tensor_of_another_type_or_of_too_many_dimensions_is_refused() {
    let entry = |dtype: &str, shape: Value| json!({ "x": { "dtype": dtype, "shape": shape, "data_offsets": [0, 4] } });
    assert!(tensors(&with_header(&entry("F32", json!([1])), 4)).is_ok());
    let error = tensors(&with_header(&entry("I32", json!([1])), 4)).unwrap_err();
    assert!(error.to_string().contains("x is I32"), "{error}");
    let deep = json!([1, 1, 1, 1, 1, 1, 1, 1, 1]);
    assert!(tensors(&with_header(&entry("F32", deep), 4)).is_err());
}

#[test]
fn a_later_format_is_refused_by_its_number_whatever_its_manifest() {
    let strings = json!({ "format": "7", "skipstone": "of another shape" });
    let bytes = with_header(&json!({ METADATA: strings }), 0);
    assert!(matches!(read(&bytes), Err(StoreError::TooNew { found: 7, known: FORMAT })));
}

#[test]
fn values_that_are_not_finite_are_refused_in_both_directions() {
    let mut archive = small();
    archive.tensors.get_mut("weight").unwrap().values[1] = f32::INFINITY;
    let error = archive.to_bytes(precision).unwrap_err();
    assert!(matches!(error, StoreError::NotFinite { name } if name == "weight"));

    let mut bytes = small_bytes();
    let last = bytes.len() - 2;
    bytes[last..].copy_from_slice(&half::f16::NAN.to_le_bytes());
    assert!(matches!(read(&bytes), Err(StoreError::NotFinite { .. })));
}

#[test]
fn a_tensor_whose_shape_and_values_disagree_is_not_written() {
    let mut archive = small();
    archive.tensors.insert("bad".to_owned(), tensor(&[2, 2], &[1.0]));
    assert!(matches!(archive.to_bytes(precision), Err(StoreError::Mismatch(_))));
    archive.tensors.remove("bad");
    archive.tensors.insert(METADATA.to_owned(), tensor(&[], &[1.0]));
    assert!(matches!(archive.to_bytes(precision), Err(StoreError::Mismatch(_))));
}
