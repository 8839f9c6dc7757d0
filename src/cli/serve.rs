//! `serve`: the page on this machine, as a good static host would serve it.
//!
//! HTTP/1.1 as far as one's own browser needs it: a thread a connection, since browsers open some in
//! advance and leave them silent, and whole files or none.

mod file;

use std::{
    io::{self, BufRead, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream},
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::args;
use file::{Answer, Asked};

/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(60);
/// Before the next connection is taken where one could not be.
const PAUSE: Duration = Duration::from_millis(100);
/// What the head of a request may have at most, in bytes.
const LONGEST_HEAD: u64 = 32 << 10;

/// Serves until the program is ended.
pub(super) fn run(args: &args::Serve) -> anyhow::Result<()> {
    let shown = args.dir.display();
    if !args.dir.join("index.html").is_file() {
        bail!("there is no page in {shown}: `cargo page` builds it into wasm/dist");
    }
    let folder = args.dir.canonicalize().context("the page's folder cannot be read")?;
    let (listener, second) = listen(args.port).map_err(|error| cannot_listen(&error, args.port))?;
    let port = listener.local_addr()?.port();
    if let Some(second) = second {
        let folder = folder.clone();
        let beside = move || serve(&folder, second.incoming());
        thread::Builder::new().name("second listener".into()).spawn(beside)?;
    }
    println!("http://localhost:{port}/ shows {shown} (Ctrl-C ends)");
    serve(&folder, listener.incoming());
    Ok(())
}

/// Listens at both addresses that `localhost` may mean; at that of IPv4 alone where a system has no other.
fn listen(port: u16) -> io::Result<(TcpListener, Option<TcpListener>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    match TcpListener::bind((Ipv6Addr::LOCALHOST, listener.local_addr()?.port())) {
        Ok(second) => Ok((listener, Some(second))),
        // A browser may ask that address first, and would show another program's page.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => Err(error),
        Err(_) => Ok((listener, None)),
    }
}

/// Answers each connection on a thread of its own.
fn serve(folder: &Path, streams: impl Iterator<Item = io::Result<TcpStream>>) {
    for stream in streams {
        let Ok(stream) = stream else {
            // The system may have no room for another one until some have ended.
            thread::sleep(PAUSE);
            continue;
        };
        let folder = folder.to_owned();
        // A browser that goes away ends its connection, and nothing else.
        let talk = move || converse(&folder, stream).ok();
        // Nor does a thread that the system does not give.
        thread::Builder::new().name("connection".into()).spawn(talk).ok();
    }
}

fn cannot_listen(error: &io::Error, port: u16) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {port} is taken, perhaps by another `serve`: --port 0 takes any free one"
        ),
        io::ErrorKind::PermissionDenied => anyhow::anyhow!(
            "the system does not give port {port} to this program: --port 0 takes any free one"
        ),
        _ => anyhow::anyhow!("cannot listen on port {port}: {error}"),
    }
}

/// Answers the requests of one connection, one after the other.
fn converse(folder: &Path, mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(head) = read_head(&mut reader)? {
        if head.is_empty() {
            return send(&mut stream, Answer::sentence(431, "This request is too long."), true);
        }
        let is_last = header(&head, "connection").eq_ignore_ascii_case("close");
        let (method, answer) = answer(folder, &head);
        send(&mut stream, answer, method != "HEAD")?;
        // A body that nobody reads would be taken for the next request.
        let has_body = !matches!(header(&head, "content-length"), "" | "0")
            || !header(&head, "transfer-encoding").is_empty();
        if is_last || has_body {
            break;
        }
    }
    Ok(())
}

/// The lines of a request up to the empty one; no text where they are too many, nothing where the connection ends.
fn read_head(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut bounded = reader.take(LONGEST_HEAD);
    while bounded.read_until(b'\n', &mut head)? > 0 {
        if head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n") {
            // Other programs' cookies may be anything.
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
    }
    Ok((bounded.limit() == 0).then(String::new))
}

/// The value of a header in the head of a request; empty where there is none.
fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
    values.next().map_or("", |(_, value)| value.trim())
}

/// The method of a request, and what to answer.
fn answer<'a>(folder: &Path, head: &'a str) -> (&'a str, Answer) {
    let mut words = head.split_whitespace();
    let (method, address) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let asked = Asked {
        address,
        encodings: header(head, "accept-encoding"),
        known: header(head, "if-none-match"),
        since: header(head, "if-modified-since"),
    };
    let answer = match method {
        "GET" | "HEAD" => file::answer(folder, &asked),
        _ => Answer::sentence(405, "Only reading is possible here.").with("Allow", "GET, HEAD"),
    };
    (method, answer)
}

fn send(stream: &mut TcpStream, answer: Answer, with_body: bool) -> io::Result<()> {
    let Answer { status, headers, mut body, length } = answer;
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    if with_body {
        // A file that grew meanwhile is not longer than announced.
        let sent = io::copy(&mut body.by_ref().take(length as u64), stream)?;
        if sent < length as u64 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        304 => "Not Modified",
        400 => "Bad Request",
        404 => "Not Found",
        431 => "Request Header Fields Too Large",
        _ => "Method Not Allowed",
    }
}

#[cfg(test)]
mod tests {
    use web_time::Instant;

    use super::*;

    #[test]
    fn a_connection_that_cannot_be_taken_is_waited_out_and_the_next_one_answered() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let mut browser = TcpStream::connect(listener.local_addr().expect("bound")).expect("heard");
        browser.write_all(b"POST / HTTP/1.1\r\nConnection: close\r\n\r\n").expect("sent");
        let streams = [Err(io::Error::other("no room")), listener.accept().map(|(s, _)| s)];
        let begun = Instant::now();
        serve(Path::new("."), streams.into_iter());
        assert!(begun.elapsed() >= PAUSE);
        let mut answer = String::new();
        browser.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    }

    #[test]
    fn localhost_is_answered_by_either_of_its_addresses() {
        let (listener, second) = listen(0).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("heard");
        // Not every machine has this address.
        if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            assert!(second.is_some());
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).expect("heard");
        }
        let refused = listen(port).expect_err("taken");
        assert!(cannot_listen(&refused, port).to_string().contains("is taken"));
    }

    #[test]
    fn a_port_that_the_system_keeps_is_never_advised_again() {
        let said = cannot_listen(&io::ErrorKind::PermissionDenied.into(), 8080).to_string();
        assert!(said.contains("--port 0 takes"), "{said}");
    }

    #[test]
    fn a_head_may_hold_any_bytes_and_end_its_lines_as_it_likes_but_not_go_on_for_ever() {
        let read = |bytes: &[u8]| read_head(&mut &*bytes).expect("bytes in memory");
        let head = read(b"GET / HTTP/1.1\r\nCookie: a=\xe9\r\nIf-None-Match: \"7\"\r\n\r\nGET")
            .expect("whole");
        assert_eq!(header(&head, "if-none-match"), "\"7\"");
        assert_eq!(read(b"GET / HTTP/1.1\n\n").as_deref(), Some("GET / HTTP/1.1\n\n"));
        assert_eq!(read(b"GET / HTTP/1.1\r\n"), None);
        let endless = [b"GET / HTTP/1.1\r\nCookie: ".to_vec(), vec![b'a'; LONGEST_HEAD as usize]];
        assert_eq!(read(&endless.concat()).as_deref(), Some(""));
    }
}
