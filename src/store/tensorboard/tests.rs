use super::*;

/// A decoded protobuf field: varints and fixed widths as their bits, counted fields as bytes.
#[derive(Debug, PartialEq)]
enum Field {
    Bits(u64),
    Bytes(Vec<u8>),
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (head, tail) = input.split_at(count);
    *input = tail;
    head
}

fn take_varint(input: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = take(input, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

fn fields(mut input: &[u8]) -> Vec<(u64, Field)> {
    let mut fields = Vec::new();
    while !input.is_empty() {
        let key = take_varint(&mut input);
        let field = match key & 7 {
            0 => Field::Bits(take_varint(&mut input)),
            1 => Field::Bits(u64::from_le_bytes(take(&mut input, 8).try_into().unwrap())),
            2 => {
                let count = take_varint(&mut input) as usize;
                Field::Bytes(take(&mut input, count).to_vec())
            }
            5 => Field::Bits(u32::from_le_bytes(take(&mut input, 4).try_into().unwrap()).into()),
            wire => panic!("wire type {wire}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

/// CRC-32C bit by bit, the slow reference: reflected polynomial 0x82f63b78.
fn slow_checksum(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}

fn take_checked(input: &mut &[u8], count: usize) -> Vec<u8> {
    let bytes = take(input, count).to_vec();
    let found = u32::from_le_bytes(take(input, 4).try_into().unwrap());
    let crc = slow_checksum(&bytes);
    assert_eq!(found, crc.rotate_left(17).wrapping_add(0xa282_ead8));
    bytes
}

/// The events of the only file in a folder.
fn events(folder: &Path) -> Vec<Vec<(u64, Field)>> {
    let path = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(path).unwrap();
    let (mut input, mut events) = (&bytes[..], Vec::new());
    while !input.is_empty() {
        let length = u64::from_le_bytes(take_checked(&mut input, 8).try_into().unwrap());
        events.push(fields(&take_checked(&mut input, length as usize)));
    }
    events
}

fn nested(event: &[(u64, Field)], number: u64) -> Vec<(u64, Field)> {
    let found = event.iter().find_map(|(field, value)| match value {
        Field::Bytes(bytes) if *field == number => Some(fields(bytes)),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn an_independent_decoder_reads_the_scalars_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = EventFile::create(folder.path(), 0).unwrap();
    file.scalars(300, &[("loss", 0.25), ("rate", 1e-4)]).unwrap();
    let events = events(folder.path());
    assert_eq!(events[0][2], (3, Field::Bytes(b"brain.Event:2".to_vec())));
    assert_eq!(events[2][1], (2, Field::Bits(300)));
    let summary = nested(&events[2], 5);
    assert_eq!(summary.len(), 2);
    let value = nested(&summary, 1);
    assert_eq!(value[0], (1, Field::Bytes(b"loss".to_vec())));
    assert_eq!(value[1], (2, Field::Bits(0.25_f32.to_bits().into())));
}

#[test]
fn an_independent_decoder_reads_the_picture_back() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture { png: b"png", height: 200, width: 300, channels: 3 };
    EventFile::create(folder.path(), 0).unwrap().image(7, "samples", picture).unwrap();
    let value = nested(&nested(&events(folder.path())[2], 5), 1);
    let image = nested(&value, 4);
    assert_eq!(image[..2], [(1, Field::Bits(200)), (2, Field::Bits(300))]);
    assert_eq!(image[3], (4, Field::Bytes(b"png".to_vec())));
}

#[test]
fn each_start_tells_the_viewer_to_drop_later_steps_also_one_from_the_beginning() {
    for step in [0, 40] {
        let folder = tempfile::tempdir().unwrap();
        EventFile::create(folder.path(), step).unwrap();
        let events = events(folder.path());
        assert_eq!(events[1][1], (2, Field::Bits(step + 1)));
        assert_eq!(nested(&events[1], 7), [(1, Field::Bits(SESSION_START))]);
    }
}

#[test]
fn files_opened_in_the_same_second_are_different_files() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        EventFile::create(folder.path(), 0).unwrap();
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}
