//! Names that Windows gives no file, or another one than was asked for.

/// Why this system has no file or folder of this name; none where it may have one.
pub fn name_problem(name: &str) -> Option<&'static str> {
    if cfg!(windows) { windows_refuses(name) } else { None }
}

/// Devices, whatever stands behind a dot after their names.
const DEVICES: [&str; 6] = ["AUX", "CON", "CONIN$", "CONOUT$", "NUL", "PRN"];
/// The same with a number from 1 to 9.
const PORTS: [&str; 2] = ["COM", "LPT"];

/// See [`name_problem`].
fn windows_refuses(name: &str) -> Option<&'static str> {
    if name.contains(|c: char| c < ' ' || "<>:\"|?*".contains(c)) {
        return Some("Windows takes none of < > : \" | ? * and no control character in a name");
    }
    if name.ends_with(['.', ' ']) {
        return Some("Windows takes no name that ends in a dot or a space");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_port = |port: &&str| {
        let mut number = stem.strip_prefix(*port).unwrap_or_default().chars();
        matches!((number.next(), number.next()), (Some('1'..='9' | '¹' | '²' | '³'), None))
    };
    let is_device = DEVICES.contains(&stem.as_str()) || PORTS.iter().any(is_port);
    is_device.then_some("Windows takes this name for a device")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_refuses_devices_its_own_signs_and_what_it_would_cut_off() {
        let devices = ["NUL", "con.png", "aux.json", "Com1", "lpt9.tar.gz", "COM².txt", "nul .png"];
        for name in devices {
            assert!(windows_refuses(name).is_some_and(|why| why.contains("device")), "{name}");
        }
        for name in ["a:b", "a<b", "a>b", "a\"b", "a\tb", "a|b", "a?b", "*.png"] {
            assert!(windows_refuses(name).is_some_and(|why| why.contains("none of")), "{name}");
        }
        for name in ["run.", "run ", "samples.png."] {
            assert!(windows_refuses(name).is_some_and(|why| why.contains("ends in")), "{name}");
        }
        for name in ["null", "console.png", "com", "com0", "com10", "a con", "my.con", ".nul"] {
            assert_eq!(windows_refuses(name), None, "{name}");
        }
    }

    #[test]
    fn other_systems_take_them_all() {
        assert_eq!(name_problem("con:").is_some(), cfg!(windows));
    }
}
