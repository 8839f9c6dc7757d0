use super::*;

fn page() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("index.html", "the page");
    write("a b/index.html", "inside");
    write("app.js", "plain");
    write("app.js.br", "brotli");
    write("app.js.gz", "gzip");
    write("app.wasm", "wasm");
    folder
}

fn get(
    folder: &Path,
    address: &str,
    encodings: &str,
) -> (u16, String, Vec<(&'static str, String)>) {
    let asked = Asked { address, encodings, ..Default::default() };
    let mut answer = answer(folder, &asked);
    let mut text = String::new();
    answer.body.read_to_string(&mut text).expect("readable");
    assert_eq!(answer.length, text.len());
    (answer.status, text, answer.headers)
}

fn header(headers: &[(&'static str, String)], name: &str) -> String {
    headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

#[test]
fn the_best_encoding_that_a_browser_takes_is_sent() {
    let folder = page();
    for (encodings, text, encoding) in [
        ("gzip, deflate, br", "brotli", "br"),
        ("gzip;q=0.5", "gzip", "gzip"),
        ("br;q=0, identity", "plain", ""),
        ("", "plain", ""),
    ] {
        let (status, body, headers) = get(folder.path(), "/app.js", encodings);
        assert_eq!((status, body.as_str()), (200, text), "{encodings}");
        assert_eq!(header(&headers, "Content-Encoding"), encoding);
        assert_eq!(header(&headers, "Content-Type"), "text/javascript; charset=utf-8");
    }
    let (_, _, headers) = get(folder.path(), "/app.wasm", "br");
    assert_eq!(header(&headers, "Content-Type"), "application/wasm");
}

#[test]
fn what_a_browser_still_has_is_not_sent_again() {
    let folder = page();
    let (_, _, headers) = get(folder.path(), "/app.js", "br");
    let (tag, date) = (header(&headers, "ETag"), header(&headers, "Last-Modified"));
    let asked = |known, since| Asked { address: "/app.js", encodings: "br", known, since };
    assert_eq!(answer(folder.path(), &asked(&tag, "")).status, 304);
    assert_eq!(answer(folder.path(), &asked("", &date)).status, 304);
    assert_eq!(answer(folder.path(), &asked("\"other\"", &date)).status, 200);
}

#[test]
fn a_folder_shows_its_page_and_other_paths_lead_nowhere() {
    let folder = page();
    assert_eq!(get(folder.path(), "/?preset=ring", "").1, "the page");
    assert_eq!(get(folder.path(), "/a%20b/", "").1, "inside");
    let (status, _, headers) = get(folder.path(), "/a%20b?x=1", "");
    assert_eq!((status, header(&headers, "Location").as_str()), (301, "/a%20b/?x=1"));
    assert_eq!(get(folder.path(), "/nothing", "").0, 404);
    for address in
        ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/..%5cCargo.toml", "//etc/passwd", "no"]
    {
        let status = get(folder.path(), address, "").0;
        assert!(status == 400 || status == 404, "{address}: {status}");
    }
    for address in ["/%zz", "/index.html%", "/%ff"] {
        assert_eq!(get(folder.path(), address, "").0, 400, "{address}");
    }
}
