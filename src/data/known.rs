//! Public data sets that are recognised by their sum, so that the card states name and licence.
//!
//! Files in the same format with other content are the user's own, and so is their licence.

use sha2::{Digest as _, Sha256};

const OWN_LICENCE: &str = "as given by the user";
const MNIST: &str = "CC BY-SA 3.0 (as commonly stated)";
const CIFAR_10: &str = "no formal licence from its authors (citation asked for)";

/// Sum of the content as defined on the card, name, licence.
const SETS: [(&str, &str, &str); 9] = [
    ("c5097fdd51cfdbe7695fd9df3612695696864b5c424f58d843ffdc5d335e9914", "MNIST train", MNIST),
    ("18489308deedfe2f7bd3a11e599a597126f161d991b1ffcffb71642aa76f7f62", "MNIST test", MNIST),
    (
        "a0181da372c0d63a5920fdbea2ec3f83ecbc552d378218e1cb473cf634941a3b",
        "CIFAR-10 train",
        CIFAR_10,
    ),
    ("8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b", "CIFAR-10 test", CIFAR_10),
    (
        "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
        "CIFAR-10 batch 1",
        CIFAR_10,
    ),
    (
        "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
        "CIFAR-10 batch 2",
        CIFAR_10,
    ),
    (
        "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
        "CIFAR-10 batch 3",
        CIFAR_10,
    ),
    (
        "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
        "CIFAR-10 batch 4",
        CIFAR_10,
    ),
    (
        "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
        "CIFAR-10 batch 5",
        CIFAR_10,
    ),
];

/// Name and licence of the content with this sum; `own_name` for what is not known.
pub(super) fn name_and_licence(sha256: &str, own_name: &str) -> (String, String) {
    let known = SETS.iter().find(|(sum, ..)| *sum == sha256);
    known.map_or_else(
        || (own_name.to_owned(), OWN_LICENCE.to_owned()),
        |(_, name, licence)| ((*name).to_owned(), (*licence).to_owned()),
    )
}

/// The SHA-256 of `parts`, one after another, in hexadecimal.
pub(super) fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut sum = Sha256::new();
    parts.into_iter().for_each(|part| sum.update(part));
    format!("{:x}", sum.finalize())
}
