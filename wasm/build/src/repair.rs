//! Mends what wasm-opt up to version 108 (Debian 12) breaks: it writes every exported table as table 0.
//!
//! wasm-bindgen exports one table, of `externref`s, and its JavaScript fails on the table of functions.

/// The type of references to JavaScript's objects.
const EXTERNREF: u8 = 0x6f;
const TABLES: u8 = 4;
const EXPORTS: u8 = 7;
const TABLE: u8 = 1;

/// Points exports of tables at the table of `externref`s; nothing changes where they do already.
pub fn table_exports(wasm: &mut [u8]) -> Option<()> {
    let (mut at, mut externrefs) = (8, None);
    while at < wasm.len() {
        let section = wasm[at];
        let (length, start) = number(wasm, at + 1)?;
        match section {
            TABLES => externrefs = externref_table(wasm, start)?,
            EXPORTS => point(wasm, start, externrefs?)?,
            _ => {}
        }
        at = start + length;
    }
    Some(())
}

/// The number of the one table of `externref`s.
fn externref_table(wasm: &[u8], start: usize) -> Option<Option<u8>> {
    let (count, mut at) = number(wasm, start)?;
    let mut found = None;
    for table in 0..count {
        if *wasm.get(at)? == EXTERNREF {
            found = u8::try_from(table).ok().filter(|table| *table < 128);
        }
        let has_most = *wasm.get(at + 1)? & 1 == 1;
        at = number(wasm, at + 2)?.1;
        if has_most {
            at = number(wasm, at)?.1;
        }
    }
    Some(found)
}

fn point(wasm: &mut [u8], start: usize, table: u8) -> Option<()> {
    let (count, mut at) = number(wasm, start)?;
    for _ in 0..count {
        let (length, name) = number(wasm, at)?;
        let kind = name + length;
        let (_, next) = number(wasm, kind + 1)?;
        // One byte for another: the tables are few.
        if *wasm.get(kind)? == TABLE && next == kind + 2 {
            wasm[kind + 1] = table;
        }
        at = next;
    }
    Some(())
}

/// A number in LEB128 and where it ends.
fn number(wasm: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let byte = *wasm.get(at)?;
        value |= usize::from(byte & 127) << shift;
        at += 1;
        if byte < 128 {
            return Some((value, at));
        }
    }
    None
}
